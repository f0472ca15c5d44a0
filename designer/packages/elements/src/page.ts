// Habits of every page: tokens on requests, toasts, the phone drawer, hot keys, questions before a deed.
import htmx from "htmx.org";
import { ask } from "./ask.ts";
import { csrfToken, isRecord } from "./request.ts";
import { expire, toast } from "./toast.ts";
import { say } from "./words.ts";

export function installPage(): void {
  const body = document.body;
  body.addEventListener("htmx:configRequest", (event) => {
    const headers = detail(event)["headers"];
    if (isRecord(headers)) headers["X-CSRF-Token"] = csrfToken();
  });
  // A refused form comes back as 422 with its errors in place: that is content, not a failure.
  body.addEventListener("htmx:beforeSwap", (event) => {
    const found = detail(event);
    if (status(event) === 422) Object.assign(found, { shouldSwap: true, isError: false });
  });
  body.addEventListener("htmx:responseError", (event) => toast(refusal(status(event)), "bad"));
  body.addEventListener("htmx:sendError", () => toast(say("offline"), "bad"));
  body.addEventListener("toast", (event) => {
    const { text, tone, value } = detail(event);
    toast(String(text ?? value ?? ""), typeof tone === "string" ? tone : "ok");
  });
  body.addEventListener("htmx:confirm", (event) => {
    const { question, issueRequest } = detail(event);
    if (typeof question !== "string" || typeof issueRequest !== "function") return;
    event.preventDefault();
    void ask(question).then((yes) => {
      if (yes) issueRequest(true);
    });
  });
  body.addEventListener("submit", confirmSubmit);
  document.addEventListener("click", drawer);
  document.addEventListener("keydown", keys);
  for (const box of document.querySelectorAll<HTMLElement>("#toasts > .toast")) expire(box);
}

/** What a failed answer means to a person. */
export function refusal(code: number): string {
  if (code === 401) return say("signedOut");
  if (code === 403) return say("forbidden");
  if (code === 409 || code === 412) return say("changedByOther");
  return say("failed");
}

function detail(event: Event): Record<string, unknown> {
  return event instanceof CustomEvent && isRecord(event.detail) ? event.detail : {};
}

function status(event: Event): number {
  const { xhr } = detail(event);
  return xhr instanceof XMLHttpRequest ? xhr.status : 0;
}

function confirmSubmit(event: SubmitEvent): void {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || form.dataset["confirm"] === undefined || form.dataset["confirmed"] === "yes") return;
  event.preventDefault();
  void ask(form.dataset["confirm"]).then((yes) => {
    if (!yes) return;
    form.dataset["confirmed"] = "yes";
    form.requestSubmit(event.submitter);
    delete form.dataset["confirmed"];
  });
}

function drawer(event: Event): void {
  if (!(event.target instanceof Element)) return;
  const opener = event.target.closest<HTMLElement>("[data-drawer]");
  const open = document.querySelector<HTMLElement>(".nav.open");
  if (opener !== null) {
    event.preventDefault();
    const target = document.getElementById(opener.dataset["drawer"] ?? "");
    target?.classList.add("open");
    target?.querySelector<HTMLElement>(".nav-close")?.focus();
  } else if (open !== null && (event.target.closest(".nav") === null || event.target.closest(".nav-close, .nav-link") !== null)) {
    if (event.target.closest(".nav-close") !== null) event.preventDefault();
    closeDrawer(open);
  }
}

function closeDrawer(open: HTMLElement): void {
  open.classList.remove("open");
  document.querySelector<HTMLElement>(".topbar-menu")?.focus();
}

function keys(event: KeyboardEvent): void {
  const open = document.querySelector<HTMLElement>(".nav.open");
  if (event.key === "Escape" && open !== null) closeDrawer(open);
  if (event.ctrlKey || event.metaKey || event.altKey || !(event.target instanceof Element)) return;
  if (event.target.closest("input, textarea, select, [contenteditable], dialog[open]") !== null) return;
  for (const field of document.querySelectorAll<HTMLElement>("[data-hotkey]")) {
    if (field.dataset["hotkey"] !== event.key) continue;
    event.preventDefault();
    field.focus();
  }
}

/** Tells an htmx-driven list to fetch itself again. */
export function refresh(selector: string): void {
  for (const target of document.querySelectorAll(selector)) htmx.trigger(target, "refresh");
}
