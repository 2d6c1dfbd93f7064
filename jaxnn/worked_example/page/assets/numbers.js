"use strict";
// How a number is written: as jaxnn/worked_example/decimals.py writes it.

const Numbers = (() => {
  // x.toFixed(digits) and x.toExponential(digits), but an exact tie goes to the even neighbour, as
  // in Python, where JavaScript takes the larger.
  function even(x, digits, write) {
    const text = write(x, digits), finer = write(x, Math.min(100, digits + 60));
    const tail = finer.split("e")[0].split(".")[1].slice(digits);
    if (!/^50*$/.test(tail)) return text;
    const shorter = finer.split("e")[0].slice(0, digits === 0 ? -tail.length - 1 : -tail.length);
    return "02468".includes(shorter.at(-1)) ? shorter + text.slice(text.split("e")[0].length) : text;
  }
  const fixed = (x, digits) => even(x, digits, (v, d) => v.toFixed(d));
  const exponential = (x, digits) => even(x, digits, (v, d) => v.toExponential(d));

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

  const round = (x, precision) => Number(exponential(x, precision - 1));

  // x in the fewest decimals that give it exactly; null: they are too many.
  function shortest(x, digits) {
    const text = positional(x);
    return text.split(".")[1].length <= digits ? text : null;
  }

  // At most so many decimals; what is smaller than the last of them, or very large, in powers of
  // ten, so that no number that is not zero looks like it.
  function decimal(x, digits, precision = 15) {
    if (!Number.isFinite(x)) return Number.isNaN(x) ? "nan" : x > 0 ? "inf" : "−inf";
    const held = exponential(x + 0, precision - 1), size = Math.abs(x);
    let text;
    if (x === 0 || (size >= 10 ** -digits && size < 1e9)) {
      text = shortest(Number(held), digits) ?? fixed(Number(held), digits);
    } else {
      let [mantissa, power] = held.split("e");
      mantissa = shortest(Number(mantissa), digits);
      if (mantissa === null) [mantissa, power] = exponential(x, digits).split("e");
      text = `${mantissa}e${Number(power)}`;
    }
    return text.replaceAll("-", "−");
  }

  // A number that was given: 1 rather than 1.0.
  const given = (x, digits, precision) => decimal(x, digits, precision).replace(/\.0(?=$|e)/, "");

  // A constant such as β₂ = 0.99999: a number that was given, in as many decimals as its first 9 digits have.
  function constant(x, digits, precision = 15) {
    const value = round(x, 9), text = given(value, digits, precision);
    return Number(text.replaceAll("−", "-")) === value ? text : given(value, Math.max(digits, 12), precision);
  }

  // A number for a small place: at most so many characters where that can be.
  function compact(x, room = 6, precision = 15) {
    if (!Number.isFinite(x)) return decimal(x, 1, precision);
    if (x === 0) return "0";
    const size = Math.abs(x), left = room - (x < 0 ? 1 : 0);
    const whole = size < 1 ? 1 : Math.floor(Math.log10(size)) + 1;
    const decimals = Math.max(0, Math.min(4, left - whole - 1));
    if (size >= 10 ** left || size < 10 ** -decimals) {
      return x.toExponential(Math.max(0, Math.min(2, left - 5))).replace("e+", "e").replaceAll("-", "−");
    }
    const shown = fixed(round(x, precision), decimals);
    return (shown.includes(".") ? shown.replace(/0+$/, "").replace(/\.$/, "") : shown).replaceAll("-", "−");
  }

  const whole = (n) => n.toLocaleString("en-GB");

  // [low, high] of some numbers, with a share of their distance to spare at both ends.
  function reach(values, share) {
    let low = Infinity, high = -Infinity;
    for (const v of values) [low, high] = [Math.min(low, v), Math.max(high, v)];
    const spare = share * (high - low || 1);
    return [low - spare, high + spare];
  }

  return { decimal, given, constant, compact, whole, reach };
})();
