// Charts: Plotly is fetched once the first chart comes near the screen, and each is drawn in the colours of tokens.css.
// A string "@series-1" in a figure stands for the style sheet's colour of that name, so that light, dark and print differ.
const SOURCE = "/static/plotly.min.js";
const PAINTED = new Set(["color", "colors", "colorway", "colorscale", "fillcolor", "shapes", "annotations"]);
const SVG = new Set(["bar", "box", "candlestick", "heatmap", "histogram", "ohlc", "pie", "scatter", "violin", "waterfall"]);

const probe = document.createElement("span");
probe.hidden = true;
document.body.append(probe);

// light-dark() is resolved where a colour is used, not where it is named: hence the probe.
const colour = (name) => {
  const written = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  if (!written) return undefined;
  probe.style.color = "";
  probe.style.color = `var(--${name})`;
  return CSS.supports("color", written) ? getComputedStyle(probe).color : written;
};

// Lists hold data and stay as they are, save those that can only hold colours.
const painted = (value, inList = false) => {
  if (typeof value === "string") return value.startsWith("@") ? (colour(value.slice(1)) ?? value) : value;
  if (Array.isArray(value)) return inList ? value.map((one) => painted(one, true)) : value;
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, painted(inner, PAINTED.has(key))]));
};

const axis = () => ({ gridcolor: "@grid", linecolor: "@rule", zerolinecolor: "@rule", tickcolor: "@rule", automargin: true, fixedrange: true });

const dressed = (layout = {}) => {
  const base = { paper_bgcolor: "@clear", plot_bgcolor: "@clear", dragmode: false, showlegend: false, margin: { l: 8, r: 8, t: 8, b: 8 } };
  const colorway = ["@series-1", "@series-2", "@series-3", "@series-4"];
  const font = { family: "@sans", size: 12, color: "@muted" };
  const hoverlabel = { bgcolor: "@paper", bordercolor: "@rule", font: { family: "@sans", size: 12, color: "@ink" } };
  const whole = { ...base, colorway, font, hoverlabel, xaxis: {}, yaxis: {}, ...layout, autosize: true };
  for (const key of Object.keys(whole)) if (/^[xy]axis\d*$/.test(key)) whole[key] = { ...axis(), ...whole[key] };
  delete whole.width;
  return painted(whole);
};

let library;
const plotly = () => {
  library ??= new Promise((done, fail) => {
    const script = Object.assign(document.createElement("script"), { src: SOURCE });
    script.addEventListener("load", () => done(globalThis.Plotly));
    script.addEventListener("error", () => fail(new Error("the chart library did not load")));
    document.head.append(script);
  });
  return library;
};

const figures = new Map();

const draw = async (place) => {
  const { data, layout } = figures.get(place);
  if (!data.every(({ type }) => SVG.has(type ?? "scatter"))) throw new Error("only traces made of SVG are drawn");
  place.replaceChildren(...(place.dataset.drawn ? place.childNodes : []));
  await globalThis.Plotly.react(place, data.map((trace) => painted(trace)), dressed(layout), { responsive: true, displayModeBar: false });
  place.dataset.drawn = "yes";
};

const give = (place, error) => {
  delete place.dataset.drawn;
  place.classList.add("undrawn");
  place.textContent = "This chart could not be drawn; the table below holds its numbers.";
  const table = place.closest("figure")?.querySelector("details");
  if (table) table.open = true;
  console.warn(`chart ${place.id}: ${error.message}`);
};

const load = async (place) => {
  try {
    const url = new URL(place.dataset.figure, location.href);
    if (url.origin !== location.origin) throw new Error("figures come from this server only");
    const [answer] = await Promise.all([fetch(url, { mode: "same-origin", headers: { accept: "application/json" } }), plotly()]);
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
    const figure = await answer.json();
    if (!place.isConnected) return;
    figures.set(place, figure);
    await draw(place);
  } catch (error) {
    give(place, error);
  }
};

const redraw = () => {
  for (const place of figures.keys()) {
    if (!place.isConnected) figures.delete(place);
    else if (place.dataset.drawn) draw(place).catch((error) => give(place, error));
  }
};

const near = new IntersectionObserver(
  (seen) => {
    for (const { target, isIntersecting } of seen) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      load(target);
    }
  },
  { rootMargin: "300px" },
);

const watch = (root) => {
  for (const place of root.querySelectorAll("[data-figure]:not([data-watched])")) {
    place.dataset.watched = "";
    near.observe(place);
  }
};

document.addEventListener("trimtab:added", (event) => watch(event.target));
document.addEventListener("trimtab:theme", redraw);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
for (const moment of ["beforeprint", "afterprint"]) addEventListener(moment, redraw);
watch(document);
