"use strict";
// Draws the charts of the page in the colours of its style sheet: again when the theme or a width changes, and for print.
(() => {
  const root = document.documentElement;
  const places = [...document.querySelectorAll("[data-chart]")];
  const { dates, charts } = JSON.parse(document.getElementById("charts").textContent);
  const paper = { width: 680, shrink: 0.72 }; // a chart on A4: width in pixels, and how much lower it is than on screen

  // A copy of a specification with each `@name` replaced by the style sheet's value; arrays hold data and stay as they are.
  const painted = (value, style) => {
    if (typeof value === "string") return value.startsWith("@") ? style.getPropertyValue(`--${value.slice(1)}`).trim() : value;
    if (Array.isArray(value) || value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, painted(inner, style)]));
  };

  const draw = (place, { width, shrink } = { width: place.clientWidth, shrink: 1 }) => {
    const { data, layout } = charts[place.dataset.chart];
    const style = getComputedStyle(root);
    const height = Math.round(layout.height * shrink);
    place.style.height = `${height}px`;
    try {
      const traces = data.map((trace) => painted({ ...trace, x: dates[trace.x] }, style));
      Plotly.react(place, traces, { ...painted(layout, style), width, height }, { displayModeBar: false });
      place.dataset.width = String(width);
    } catch (error) {
      place.textContent = "This chart could not be drawn; the table below holds its numbers.";
      console.error(error);
    }
  };
  const drawAll = (size) => {
    for (const place of places) draw(place, size);
    root.dataset.drawn = String(places.filter((place) => place.dataset.width).length);
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

  const watch = new ResizeObserver((changes) => {
    if (root.classList.contains("printing")) return;
    for (const { target } of changes) {
      if (target.clientWidth > 0 && String(target.clientWidth) !== target.dataset.width) draw(target);
    }
  });
  for (const place of places) watch.observe(place);
})();
