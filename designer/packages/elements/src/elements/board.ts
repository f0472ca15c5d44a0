// Cards between columns: by dragging, by the card's menu, or by Alt and an arrow key. The server has the last word.
import { refusal } from "../page.ts";
import { request } from "../request.ts";
import { toast } from "../toast.ts";
import { say } from "../words.ts";

export class LoamBoard extends HTMLElement {
  private ready = false;
  private dragged: HTMLElement | null = null;

  connectedCallback(): void {
    if (this.ready) return;
    this.ready = true;
    for (const card of this.querySelectorAll<HTMLElement>(".board-card[data-url]")) card.draggable = true;
    this.addEventListener("click", (event) => this.press(event));
    this.addEventListener("keydown", (event) => this.key(event));
    this.addEventListener("dragstart", (event) => this.lift(event));
    this.addEventListener("dragover", (event) => this.hover(event));
    this.addEventListener("dragend", () => this.land(null));
    this.addEventListener("drop", (event) => {
      event.preventDefault();
      this.land(columnOf(event.target));
    });
  }

  private get columns(): HTMLElement[] {
    return [...this.querySelectorAll<HTMLElement>(".board-column")];
  }

  private press(event: Event): void {
    const button = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-move]") : null;
    const card = cardOf(button);
    const column = this.columns.find((found) => found.dataset["value"] === button?.dataset["move"]);
    if (card === null || column === undefined) return;
    event.preventDefault();
    card.querySelector("details")?.removeAttribute("open");
    void this.move(card, column);
  }

  private key(event: KeyboardEvent): void {
    const step = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : 0;
    const card = cardOf(event.target);
    const from = columnOf(card);
    if (!event.altKey || step === 0 || card === null || from === null) return;
    event.preventDefault();
    const columns = step > 0 ? this.columns : this.columns.reverse();
    const to = columns.slice(columns.indexOf(from) + 1).find((column) => follows(from, column));
    if (to !== undefined) void this.move(card, to);
  }

  private lift(event: DragEvent): void {
    this.dragged = cardOf(event.target);
    if (this.dragged === null) return;
    event.dataTransfer?.setData("text/plain", this.dragged.dataset["url"] ?? "");
    this.dragged.classList.add("dragging");
  }

  private hover(event: DragEvent): void {
    const column = columnOf(event.target);
    const from = columnOf(this.dragged);
    for (const each of this.columns) each.classList.remove("over");
    // A lane that may not follow takes no card: without this the browser shows that it cannot be dropped there.
    if (column === null || from === null || !follows(from, column)) return;
    event.preventDefault();
    column.classList.add("over");
  }

  private land(column: HTMLElement | null): void {
    const card = this.dragged;
    this.dragged = null;
    card?.classList.remove("dragging");
    for (const each of this.columns) each.classList.remove("over");
    if (card !== null && column !== null) void this.move(card, column);
  }

  private async move(card: HTMLElement, to: HTMLElement): Promise<void> {
    const from = columnOf(card);
    const { url, etag } = card.dataset;
    const field = this.dataset["field"];
    if (from === null || !follows(from, to) || url === undefined || field === undefined || card.classList.contains("saving")) return;
    const after = card.nextElementSibling;
    const focused = card.contains(document.activeElement);
    to.querySelector(".board-cards")?.prepend(card);
    card.classList.add("saving");
    this.count();
    if (focused) card.querySelector<HTMLElement>(".board-card-title")?.focus();
    const problem = await this.save(card, url, etag, { [field]: to.dataset["value"] ?? null });
    card.classList.remove("saving");
    if (problem === undefined) {
      toast(say("moved", to.querySelector(".board-title")?.textContent ?? ""), "ok");
      return;
    }
    from.querySelector(".board-cards")?.insertBefore(card, after);
    this.count();
    toast(problem, "bad");
  }

  /** Sends the change; answers what went wrong, if something did. */
  private async save(card: HTMLElement, url: string, etag: string | undefined, change: Record<string, unknown>): Promise<string | undefined> {
    const headers = new Headers({ "Content-Type": "application/json" });
    if (etag !== undefined) headers.set("If-Match", etag);
    try {
      const response = await request(url, { method: "PATCH", headers, body: JSON.stringify(change) });
      if (!response.ok) return refusal(response.status);
      card.dataset["etag"] = response.headers.get("ETag") ?? etag ?? "*";
      return undefined;
    } catch {
      return say("offline");
    }
  }

  private count(): void {
    for (const column of this.columns) {
      const count = column.querySelector(".board-head .count");
      if (count !== null) count.textContent = String(column.querySelectorAll(".board-card").length);
    }
  }
}

function cardOf(target: EventTarget | null): HTMLElement | null {
  return target instanceof Element ? target.closest<HTMLElement>(".board-card[data-url]") : null;
}

function columnOf(target: EventTarget | null): HTMLElement | null {
  return target instanceof Element ? target.closest<HTMLElement>(".board-column") : null;
}

/** Whether a card of the one lane may move to the other: to any, unless the lane names those that follow. */
function follows(from: HTMLElement, to: HTMLElement): boolean {
  const next = from.dataset["next"]?.split(",");
  return from !== to && (next === undefined || next.includes(to.dataset["value"] ?? ""));
}
