"use strict";
// Bytes as base64url, which stays as it is in an address.

const Base64 = (() => {
  function write(bytes) {
    let text = "";
    for (let k = 0; k < bytes.length; k += 8192) {
      text += String.fromCharCode(...bytes.subarray(k, k + 8192)); // not more arguments than fit
    }
    return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  }

  // The bytes; null: the text is no base64.  With + and / it is read as well.
  function read(text) {
    try {
      const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
      return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
    } catch {
      return null;
    }
  }

  return { write, read };
})();
