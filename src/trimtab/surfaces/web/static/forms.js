// Forms: live ones ask the server while you type; unsaved edits are not left without a word.
const WAIT = 400; // milliseconds without a key before the server is asked

const SECOND_PRESS = 3000;

const asking = new WeakMap();

const say = (form, text) => {
  const line = form.querySelector("[data-live-error]") ?? form.appendChild(Object.assign(document.createElement("p"), { className: "error" }));
  line.dataset.liveError = "";
  line.setAttribute("role", "status");
  line.textContent = text;
};

const place = (form) =>
  document.getElementById(form.dataset.liveInto ?? "") ?? form.querySelector("[data-live-target]") ?? document.querySelector("[data-live-target]");

// A page of our own server as a fragment. DOMParser runs no script, and what comes from elsewhere is refused.
const fragment = async (answer) => {
  const type = answer.headers.get("content-type") ?? "";
  if (new URL(answer.url).origin !== location.origin || answer.redirected || !type.startsWith("text/html")) {
    throw new Error("The answer was not the one expected. Reload the page; you may have to sign in again.");
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!answer.ok) throw new Error(page.body.textContent.trim().slice(0, 300) || `The server answered ${answer.status}.`);
  return page.body.childNodes;
};

const ask = async (form) => {
  asking.get(form)?.abort();
  const stop = new AbortController();
  asking.set(form, stop);
  const target = place(form);
  const url = new URL(form.dataset.live, location.href);
  const hidden = new Set(["csrf", "key"]); // an address is kept in logs and histories
  for (const [name, value] of new FormData(form)) if (typeof value === "string" && !hidden.has(name)) url.searchParams.append(name, value);
  target.setAttribute("aria-busy", "true");
  try {
    if (url.origin !== location.origin) throw new Error("This form may only ask its own server.");
    const nodes = await fragment(await fetch(url, { headers: { accept: "text/html" }, mode: "same-origin", signal: stop.signal }));
    target.replaceChildren(...nodes);
    say(form, "");
    target.dispatchEvent(new CustomEvent("trimtab:added", { bubbles: true }));
  } catch (error) {
    if (error.name === "AbortError") return;
    say(form, error instanceof TypeError ? "The server does not answer. What you typed is kept." : error.message);
  }
  if (asking.get(form) === stop) target.removeAttribute("aria-busy");
};

const live = (form) => {
  let timer = 0;
  const target = place(form);
  if (!target) return;
  target.setAttribute("aria-live", "polite");
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT, form);
  });
  form.addEventListener("reset", () => setTimeout(ask, 0, form));
};

const guard = (form) => {
  form.addEventListener("input", () => (form.dataset.edited = ""));
  for (const kind of ["submit", "reset"]) form.addEventListener(kind, () => delete form.dataset.edited);
};

addEventListener("beforeunload", (event) => {
  if (document.querySelector("form[data-edited]")) event.preventDefault();
});

// A second press within seconds is an accident; the idempotency key covers what this does not.
const once = (form) => {
  const buttons = [...form.querySelectorAll("button:enabled")];
  for (const one of buttons) one.disabled = true;
  setTimeout(() => buttons.forEach((one) => (one.disabled = false)), SECOND_PRESS); // a download leaves the page standing
};

export const enhanceForms = (root) => {
  for (const form of root.querySelectorAll("form:not([data-ready])")) {
    form.dataset.ready = "";
    if (form.dataset.live) live(form);
    if (form.hasAttribute("data-guard")) guard(form);
    if (form.method === "post") form.addEventListener("submit", () => setTimeout(once, 0, form));
  }
};
