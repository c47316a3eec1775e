// Long work: asks how far it is each second, fills the bar, and shows the result in place when it is there.
const EACH = 1000;
const SLOWEST = 15000;
const ENDED = new Set(["done", "refused", "failed", "cancelled", "lost"]);

const left = (seconds) => {
  if (!Number.isFinite(seconds)) return "";
  return seconds < 90 ? `about ${Math.ceil(seconds)} s left` : `about ${Math.round(seconds / 60)} min left`;
};

const show = (box, { state, progress }) => {
  const bar = box.querySelector("progress");
  const { what = "", done, total, left: seconds } = progress ?? {};
  if (bar && total > 0) Object.assign(bar, { max: total, value: done });
  else bar?.removeAttribute("value");
  const parts = [what || state, total > 0 ? `${done} of ${total} parts` : "", state === "running" ? left(seconds) : ""];
  const line = box.querySelector("[data-job-text]");
  const text = parts.filter(Boolean).join(", ");
  if (line && line.textContent !== text) line.textContent = text;
};

// Once for each job: a page that still asks after its job has ended would reload for ever.
const reload = (box) => {
  const key = `trimtab-job ${box.dataset.job}`;
  try {
    if (sessionStorage.getItem(key)) return;
    sessionStorage.setItem(key, "reloaded");
  } catch {
    return; // no storage: the line says that it is done, and the reader reloads
  }
  location.reload();
};

// The result: the same part of this page as the server writes it now, or the whole page where no part is named.
const finish = async (box) => {
  const id = box.dataset.jobTarget;
  const here = id && document.getElementById(id);
  if (!here) return reload(box);
  const answer = await fetch(location.href, { mode: "same-origin", headers: { accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = answer.ok && !answer.redirected && page.getElementById(id);
  if (!fresh) return reload(box);
  here.replaceChildren(...fresh.childNodes);
  here.dispatchEvent(new CustomEvent("trimtab:added", { bubbles: true }));
};

const follow = async (box) => {
  const url = new URL(box.dataset.job, location.href);
  if (url.origin !== location.origin) return;
  let wait = EACH;
  while (box.isConnected) {
    try {
      const answer = await fetch(url, { mode: "same-origin", headers: { accept: "application/json" }, cache: "no-store" });
      if (!answer.ok || answer.redirected) throw new Error(`The server answered ${answer.status}.`);
      const state = await answer.json();
      show(box, state);
      if (ENDED.has(state.state)) return void (await finish(box));
      wait = EACH;
    } catch {
      wait = Math.min(2 * wait, SLOWEST);
      const line = box.querySelector("[data-job-text]");
      if (line) line.textContent = "The server does not answer; asking again.";
    }
    await new Promise((go) => setTimeout(go, document.hidden ? Math.max(wait, 5 * EACH) : wait));
  }
};

export const enhanceJobs = (root) => {
  for (const box of root.querySelectorAll("[data-job]:not([data-ready])")) {
    box.dataset.ready = "";
    follow(box);
  }
};
