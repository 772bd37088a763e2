// Exact binomial bounds, as ftsec/defenses computes them: the incomplete beta function by its continued fraction.
// A test compares both on some hundred random inputs.
globalThis.ftsecBounds = (() => {
  "use strict";

  const MOST = 1e7; // prompts that are looked at
  // log Γ, by Stirling's series after moving the argument up
  function logGamma(x) {
    let shift = 0;
    for (; x < 12; x += 1) shift -= Math.log(x);
    const r = 1 / (x * x);
    const series = (1 / 12 - r * (1 / 360 - r * (1 / 1260 - r * (1 / 1680 - r / 1188)))) / x;
    return shift + (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series;
  }

  // the continued fraction of the incomplete beta function, by Lentz's method
  function fraction(x, a, b) {
    const safe = (value) => (Math.abs(value) < 1e-300 ? 1e-300 : value);
    let d = 1 / safe(1 - ((a + b) * x) / (a + 1));
    let [c, h] = [1, d];
    for (let m = 1; m < 20000; m += 1) {
      const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
      d = 1 / safe(1 + even * d);
      c = safe(1 + even / c);
      h *= d * c;
      const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
      d = 1 / safe(1 + odd * d);
      c = safe(1 + odd / c);
      h *= d * c;
      if (Math.abs(d * c - 1) < 1e-15) break;
    }
    return h;
  }

  // The regularised incomplete beta function: the chance of more than k bad answers of n at share x is share(x, k + 1, n - k).
  function betaShare(x, a, b) {
    if (x <= 0) return 0;
    if (x >= 1) return 1;
    const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
    return x < (a + 1) / (a + b + 2) ? (front * fraction(x, a, b)) / a : 1 - (front * fraction(1 - x, b, a)) / b;
  }

  const keepsOut = (k, n, limit, confidence) => k < n && betaShare(limit, k + 1, n - k) >= confidence;

  // The one-sided upper Clopper-Pearson bound of k of n.
  function upper(k, n, confidence) {
    if (k >= n) return 1;
    let [low, high] = [k / n, 1];
    for (let i = 0; i < 200 && high - low > 1e-16 * high; i += 1) {
      const middle = (low + high) / 2;
      if (middle <= low || middle >= high) break;
      if (betaShare(middle, k + 1, n - k) < confidence) low = middle;
      else high = middle;
    }
    return (low + high) / 2;
  }

  // The smallest whole number in (low, high] that is enough, where high is.
  function first(low, high, enough) {
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (enough(middle)) high = middle;
      else low = middle;
    }
    return high;
  }

  // The most bad answers of n with which the bound stays at or below the limit; -1 if none does.
  const mostAllowed = (n, limit, confidence) => first(-1, n, (k) => !keepsOut(k, n, limit, confidence)) - 1;

  // How many more prompts, all answered well, bring the bound down to the limit; null if that is beyond all reason.
  function missing(k, n, limit, confidence) {
    let high = Math.max(n, k + 1);
    while (!keepsOut(k, high, limit, confidence)) {
      if (high >= MOST) return null;
      high = Math.min(2 * high, MOST);
    }
    return first(n - 1, high, (size) => keepsOut(k, size, limit, confidence)) - n;
  }

  return { upper, mostAllowed, missing, MOST };
})();
