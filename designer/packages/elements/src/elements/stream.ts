// Keeps an open list fresh: an event from the server makes the list fetch itself again and shows a short hint. With `data-keep`
// what is ticked and typed in it is put back.
import { refresh } from "../page.ts";

const hintSeconds = 5;

export class LoamStream extends HTMLElement {
  private source: EventSource | undefined;
  private opened: string | undefined;
  private pending = false;
  private hint: ReturnType<typeof setTimeout> | undefined;
  private putBack: (() => void) | undefined;
  private readonly visibility = (): void => {
    if (document.hidden) this.stop();
    else {
      this.start();
      // What happened while the page was hidden was not heard.
      this.update(false);
    }
  };
  /** After a filter, or on another page, it is another list that is shown. */
  private readonly follow = (): void => {
    if (this.source === undefined || this.address() === this.opened) return;
    this.stop();
    this.start();
  };
  private readonly settle = (): void => {
    if (this.pending) setTimeout(() => this.update(true), 0);
  };

  connectedCallback(): void {
    document.addEventListener("visibilitychange", this.visibility);
    document.addEventListener("focusout", this.settle);
    document.addEventListener("htmx:afterSettle", this.follow);
    addEventListener("pagehide", this.stop);
    if (!document.hidden) this.start();
  }

  disconnectedCallback(): void {
    document.removeEventListener("visibilitychange", this.visibility);
    document.removeEventListener("focusout", this.settle);
    document.removeEventListener("htmx:afterSettle", this.follow);
    removeEventListener("pagehide", this.stop);
    clearTimeout(this.hint);
    this.forget();
    this.stop();
  }

  private start(): void {
    const address = this.address();
    if (this.source !== undefined || address === undefined) return;
    this.opened = address;
    this.source = new EventSource(address);
    this.source.addEventListener(this.dataset["event"] ?? "changed", () => this.update(true));
  }

  /** Where the news come from: what is shown says so itself where that can change. */
  private address(): string | undefined {
    return this.target()?.dataset["stream"] ?? this.dataset["url"];
  }

  private target(): HTMLElement | null {
    const selector = this.dataset["target"] ?? "";
    return selector === "" ? null : document.querySelector<HTMLElement>(selector);
  }

  private readonly stop = (): void => {
    this.source?.close();
    this.source = undefined;
  };

  private update(tell: boolean): void {
    const selector = this.dataset["target"] ?? "";
    const target = this.target();
    if (target === null) return;
    // Never swaps a list away under someone's hands: an open menu or a field being typed in comes first.
    const keeps = this.dataset["keep"] !== undefined;
    const typing = keeps ? "input:not([type=checkbox]), textarea, select" : "input, textarea, select";
    this.pending = target.querySelector("details[open], .dragging") !== null || (target.contains(document.activeElement) && document.activeElement?.matches(typing) === true);
    if (this.pending) return;
    if (keeps) this.keep(selector, target);
    refresh(selector);
    const note = this.querySelector<HTMLElement>(".live-hint");
    if (!tell || note === null) return;
    note.hidden = false;
    clearTimeout(this.hint);
    this.hint = setTimeout(() => (note.hidden = true), hintSeconds * 1000);
  }

  /** Puts back what is ticked and typed, and where one stands, once the list has come anew. */
  private keep(selector: string, before: Element): void {
    this.forget();
    const ticked = new Set<string>();
    const typed = new Map<string, string>();
    for (const input of before.querySelectorAll<HTMLInputElement>("input[name]")) {
      if (input.type === "checkbox" && input.checked) ticked.add(named(input));
      else if (input.type !== "checkbox" && input.type !== "hidden" && input.value !== input.defaultValue) typed.set(input.name, input.value);
    }
    const active = document.activeElement;
    const stood = active instanceof HTMLInputElement && before.contains(active) ? named(active) : undefined;
    const link = active instanceof HTMLAnchorElement && before.contains(active) ? active.href : undefined;
    this.putBack = (): void => {
      const after = document.querySelector(selector);
      if (after === null || after === before) return;
      this.forget();
      for (const input of after.querySelectorAll<HTMLInputElement>("input[name]")) {
        if (input.type !== "checkbox") input.value = typed.get(input.name) ?? input.value;
        else {
          if (ticked.has(named(input))) input.checked = true;
          if (named(input) === stood) input.focus();
        }
      }
      if (link !== undefined) [...after.querySelectorAll<HTMLAnchorElement>("a[href]")].find((one) => one.href === link)?.focus();
    };
    document.body.addEventListener("htmx:afterSettle", this.putBack);
  }

  private forget(): void {
    if (this.putBack !== undefined) document.body.removeEventListener("htmx:afterSettle", this.putBack);
    this.putBack = undefined;
  }
}

/** An input among others of its name. */
function named(input: HTMLInputElement): string {
  return `${input.name}=${input.value}`;
}
