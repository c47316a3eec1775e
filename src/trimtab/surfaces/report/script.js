"use strict";
// Draws the charts of the page in the colours of its style sheet: again when the theme or a width changes, and for print.
// The arrow keys move a cursor over a chart in focus; what it meets is said below the chart, for screen readers too.
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

  // A number as the axis of its trace shows it: in percent, or with as many digits as it needs.
  const worded = (value, axis) => {
    if (typeof value !== "number") return "n/a";
    const percent = axis?.tickformat?.endsWith("%");
    const digits = { maximumFractionDigits: Math.abs(value) >= 1000 ? 0 : 2 };
    const text = percent ? `${(100 * value).toFixed(1)} %` : value.toLocaleString("en", digits);
    return text.replace(/^-/, "\u2212"); // which screen readers do say
  };

  // What a chart says on one date: every trace that has a point there.
  const reading = ({ data, layout }, when) => {
    const met = [];
    data.forEach((trace, curve) => {
      if (trace.hoverinfo === "skip") return;
      const point = dates[trace.x].indexOf(when);
      if (point < 0) return;
      met.push({ curve, text: `${plain(trace.name)} ${worded(trace.y[point], layout[axisOf(trace)])}` });
    });
    return met;
  };
  const axisOf = (trace) => `yaxis${(trace.yaxis ?? "y").slice(1)}`;
  const plain = (name) => {
    const box = document.createElement("textarea");
    box.innerHTML = name; // names are escaped for Plotly; a textarea runs nothing
    return box.value;
  };

  const pages = { ArrowLeft: -1, ArrowRight: 1, PageUp: -0.1, PageDown: 0.1, Home: -Infinity, End: Infinity };
  const move = (place, key) => {
    const chart = charts[place.dataset.chart];
    const days = [...new Set(chart.data.filter((t) => t.hoverinfo !== "skip").flatMap((t) => dates[t.x]))].sort();
    const step = Math.abs(pages[key]) < 1 ? Math.sign(pages[key]) * Math.max(1, Math.round(0.1 * days.length)) : pages[key];
    const from = place.dataset.cursor ?? (step > 0 ? -1 : days.length);
    const at = Math.min(Math.max(Number(from) + step, 0), days.length - 1);
    place.dataset.cursor = String(at);
    const met = reading(chart, days[at]);
    const said = document.getElementById(`${place.id}-reading`);
    const when = chart.layout.xaxis?.hoverformat === "%Y" ? days[at].slice(0, 4) : days[at]; // a year stands at its middle
    said.textContent = `${when}: ${met.map(({ text }) => text).join("; ")}`;
    const panes = [...new Set(met.map(({ curve }) => `x${chart.data[curve].yaxis ?? "y"}`))];
    if (place.dataset.width) Plotly.Fx.hover(place, { xval: Date.parse(days[at]) }, panes); // as the mouse would
  };
  const leave = (place) => {
    delete place.dataset.cursor;
    document.getElementById(`${place.id}-reading`).textContent = "";
    if (place.dataset.width) Plotly.Fx.unhover(place);
  };
  for (const place of places) {
    place.addEventListener("keydown", (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      if (event.key in pages) move(place, event.key);
      else if (event.key === "Escape") leave(place);
      else return;
      event.preventDefault();
    });
    place.addEventListener("blur", () => leave(place));
  }

  const watch = new ResizeObserver((changes) => {
    if (root.classList.contains("printing")) return;
    for (const { target } of changes) {
      if (target.clientWidth > 0 && String(target.clientWidth) !== target.dataset.width) draw(target);
    }
  });
  for (const place of places) watch.observe(place);
})();
