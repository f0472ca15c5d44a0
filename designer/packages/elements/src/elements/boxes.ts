// People between boxes: a row is dragged onto a box of the drawing, which is the same as choosing it in the row's form. A reason that
// is missing is asked for in the row before anything is sent.

export class LoamBoxes extends HTMLElement {
  private ready = false;
  private dragged: HTMLElement | null = null;

  connectedCallback(): void {
    if (this.ready) return;
    this.ready = true;
    for (const row of this.querySelectorAll<HTMLElement>("[data-mover]")) row.draggable = true;
    this.addEventListener("dragstart", (event) => this.lift(event));
    this.addEventListener("dragover", (event) => this.hover(event));
    this.addEventListener("dragend", () => this.land(null));
    this.addEventListener("drop", (event) => {
      event.preventDefault();
      this.land(boxOf(event.target));
    });
  }

  private lift(event: DragEvent): void {
    this.dragged = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-mover]") : null;
    if (this.dragged === null) return;
    event.dataTransfer?.setData("text/plain", this.dragged.querySelector("th")?.textContent ?? "");
    this.dragged.classList.add("dragging");
  }

  private hover(event: DragEvent): void {
    for (const each of this.querySelectorAll("[data-key].over")) each.classList.remove("over");
    const box = this.dragged === null ? null : boxOf(event.target);
    if (box === null) return;
    event.preventDefault();
    box.classList.add("over");
  }

  private land(box: Element | null): void {
    const row = this.dragged;
    this.dragged = null;
    row?.classList.remove("dragging");
    for (const each of this.querySelectorAll("[data-key].over")) each.classList.remove("over");
    const form = row?.querySelector("form");
    const choice = form?.querySelector("select");
    const key = box?.getAttribute("data-key") ?? "";
    if (!(form instanceof HTMLFormElement) || !(choice instanceof HTMLSelectElement) || key === "" || choice.value === key) return;
    choice.value = key;
    // Shows what is missing, and puts the cursor there.
    if (form.reportValidity()) form.requestSubmit();
  }
}

/** The box of the drawing at a place; what is written in it lets the pointer through. */
function boxOf(target: EventTarget | null): Element | null {
  return target instanceof Element ? target.closest("[data-key]") : null;
}
