"use strict";
// Draws the charts of the page in the colours of its style sheet: again when the theme changes, and for print.
(() => {
  const root = document.documentElement;
  const { dates, charts } = JSON.parse(document.getElementById("charts").textContent);
  const options = { displayModeBar: false, responsive: true };
  const paper = 680; // width in pixels of a chart on A4

  const tokens = () => {
    const style = getComputedStyle(root);
    const known = new Map();
    return (name) => {
      if (!known.has(name)) known.set(name, style.getPropertyValue(`--${name}`).trim());
      return known.get(name);
    };
  };

  // A copy of the specification with each `@name` replaced by the style sheet's value; data arrays are not walked.
  const painted = (value, token) => {
    if (typeof value === "string") return value.startsWith("@") ? token(value.slice(1)) : value;
    if (Array.isArray(value) || value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, painted(inner, token)]));
  };

  const drawAll = (width) => {
    const token = tokens();
    let drawn = 0;
    for (const place of document.querySelectorAll("[data-chart]")) {
      const { data, layout } = charts[place.dataset.chart];
      try {
        const traces = data.map((trace) => painted({ ...trace, x: dates[trace.x] }, token));
        Plotly.react(place, traces, { ...painted(layout, token), width, autosize: !width }, options);
        drawn += 1;
      } catch (error) {
        place.textContent = "This chart could not be drawn; the table below holds its numbers.";
        console.error(error);
      }
    }
    root.dataset.drawn = String(drawn);
  };

  const folded = document.querySelectorAll("details.print-open");
  addEventListener("beforeprint", () => {
    root.classList.add("printing");
    for (const part of folded) part.open = true;
    drawAll(paper);
  });
  addEventListener("afterprint", () => {
    root.classList.remove("printing");
    for (const part of folded) part.open = false;
    drawAll();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawAll());
  drawAll();
})();
