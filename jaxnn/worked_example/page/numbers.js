"use strict";
// How a number is written: as jaxnn/worked_example/decimals.py writes it.

const Numbers = (() => {
  // x.toFixed(digits), but an exact tie goes to the even neighbour, as in Python.
  function fixed(x, digits) {
    const text = x.toFixed(digits);
    const beyond = Math.abs(x).toFixed(Math.min(100, digits + 30));
    const tail = beyond.slice(beyond.indexOf(".") + 1 + digits);
    if (!/^50*$/.test(tail) || "02468".includes(text.at(-1))) return text;
    const other = (Math.sign(x) * (Math.abs(Number(text)) - 10 ** -digits)).toFixed(digits);
    return other;
  }

  // The shortest decimal that reads back as x, without a power of ten.
  function positional(x) {
    const text = String(x);
    if (!text.includes("e")) return text.includes(".") ? text : `${text}.0`;
    const [mantissa, power] = text.split("e");
    const digits = mantissa.replace(/[-.]/g, ""), sign = x < 0 ? "-" : "";
    return Number(power) < 0
      ? `${sign}0.${"0".repeat(-Number(power) - 1)}${digits}`
      : `${sign}${digits.padEnd(Number(power) + 1, "0")}.0`;
  }

  const round = (x, precision) => Number(x.toExponential(precision - 1));

  function short(x, digits, precision) {
    const value = round(x, precision), shortest = positional(value);
    return shortest.split(".")[1].length <= digits ? shortest : fixed(value, digits);
  }

  // At most so many decimals; what is smaller than the last of them, or very large, in powers of
  // ten, so that no number that is not zero looks like it.
  function decimal(x, digits, precision = 15) {
    if (!Number.isFinite(x)) return Number.isNaN(x) ? "nan" : x > 0 ? "inf" : "−inf";
    const value = round(x, precision), size = Math.abs(value);
    let text;
    if (value !== 0 && !(size >= 10 ** -digits && size < 1e9)) {
      const power = Number(value.toExponential(6).split("e")[1]);
      text = `${short(value / 10 ** power, digits, precision)}e${power}`;
    } else text = short(value, digits, precision);
    return text.replace(/^-0\.0$/, "0.0").replaceAll("-", "−");
  }

  // A number that was given: 1 rather than 1.0.
  const given = (x, digits, precision) => decimal(x, digits, precision).replace(/\.0$/, "");

  // A number for a small place: at most so many characters where that can be.
  function compact(x, room = 6, precision = 15) {
    if (!Number.isFinite(x)) return decimal(x, 1, precision);
    if (x === 0) return "0";
    const size = Math.abs(x), sign = x < 0 ? "−" : "", left = room - sign.length;
    if (size >= 10 ** left || size < 5 * 10 ** -(left - 1)) {
      return x.toExponential(Math.max(0, left - 5)).replace("e+", "e").replaceAll("-", "−");
    }
    const whole = size < 1 ? 1 : Math.floor(Math.log10(size)) + 1;
    const shown = fixed(round(x, precision), Math.max(0, Math.min(4, left - whole - 1)));
    return (shown.includes(".") ? shown.replace(/0+$/, "").replace(/\.$/, "") : shown).replaceAll("-", "−");
  }

  const whole = (n) => n.toLocaleString("en-GB");

  return { decimal, given, compact, whole };
})();
