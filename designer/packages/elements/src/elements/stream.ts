// Keeps an open list fresh: an event from the server makes the list fetch itself again and shows a short hint.
import { refresh } from "../page.ts";

const hintSeconds = 5;

export class LoamStream extends HTMLElement {
  private source: EventSource | undefined;
  private pending = false;
  private hint: ReturnType<typeof setTimeout> | undefined;
  private readonly visibility = (): void => {
    if (document.hidden) this.stop();
    else {
      this.start();
      // What happened while the page was hidden was not heard.
      this.update(false);
    }
  };
  private readonly settle = (): void => {
    if (this.pending) setTimeout(() => this.update(true), 0);
  };

  connectedCallback(): void {
    document.addEventListener("visibilitychange", this.visibility);
    document.addEventListener("focusout", this.settle);
    addEventListener("pagehide", this.stop);
    if (!document.hidden) this.start();
  }

  disconnectedCallback(): void {
    document.removeEventListener("visibilitychange", this.visibility);
    document.removeEventListener("focusout", this.settle);
    removeEventListener("pagehide", this.stop);
    clearTimeout(this.hint);
    this.stop();
  }

  private start(): void {
    if (this.source !== undefined || this.dataset["url"] === undefined) return;
    this.source = new EventSource(this.dataset["url"]);
    this.source.addEventListener(this.dataset["event"] ?? "changed", () => this.update(true));
  }

  private readonly stop = (): void => {
    this.source?.close();
    this.source = undefined;
  };

  private update(tell: boolean): void {
    const selector = this.dataset["target"] ?? "";
    const target = selector === "" ? null : document.querySelector(selector);
    if (target === null) return;
    // Never swaps a list away under someone's hands: an open menu or a field being typed in comes first.
    this.pending = target.querySelector("details[open], .dragging") !== null || (target.contains(document.activeElement) && document.activeElement?.matches("input, textarea, select") === true);
    if (this.pending) return;
    refresh(selector);
    const note = this.querySelector<HTMLElement>(".live-hint");
    if (!tell || note === null) return;
    note.hidden = false;
    clearTimeout(this.hint);
    this.hint = setTimeout(() => (note.hidden = true), hintSeconds * 1000);
  }
}
