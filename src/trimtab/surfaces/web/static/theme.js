"use strict";
// Runs before the first paint, so that a chosen theme does not flash; app.js holds the button that changes it.
try {
  const chosen = localStorage.getItem("trimtab-theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch {
  // storage may be forbidden: the system's theme then
}
