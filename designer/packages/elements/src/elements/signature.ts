// A sheet to sign on by finger, pen or mouse. Whoever cannot draw types their name in the field below it.
import { extend, path, place, read, write, type Stroke } from "../plain/strokes.ts";

export class LoamSignature extends HTMLElement {
  private ready = false;

  connectedCallback(): void {
    const sheet = this.querySelector("svg");
    const kept = this.querySelector<HTMLInputElement>("input");
    const again = this.querySelector("button");
    if (sheet === null || kept === null || again === null || this.ready) return;
    this.ready = true;
    let strokes: Stroke[] = read(kept.value);
    let drawing: Stroke | undefined;
    const ink = document.createElementNS("http://www.w3.org/2000/svg", "path");
    sheet.append(ink);
    const show = (): void => {
      ink.setAttribute("d", path(strokes));
      kept.value = write(strokes);
      again.disabled = strokes.length === 0;
    };
    const draw = (event: PointerEvent): void => {
      if (drawing === undefined) return;
      const box = sheet.getBoundingClientRect();
      const moves = event.getCoalescedEvents();
      for (const move of moves.length > 0 ? moves : [event]) extend(drawing, place(move.clientX, move.clientY, box));
      show();
    };
    sheet.addEventListener("pointerdown", (event) => {
      if (!event.isPrimary || event.button !== 0) return;
      event.preventDefault();
      sheet.setPointerCapture(event.pointerId);
      drawing = [];
      strokes.push(drawing);
      extend(drawing, place(event.clientX, event.clientY, sheet.getBoundingClientRect()));
      show();
    });
    sheet.addEventListener("pointermove", draw);
    for (const end of ["pointerup", "pointercancel"]) sheet.addEventListener(end, () => (drawing = undefined));
    again.addEventListener("click", () => {
      strokes = [];
      show();
    });
    show();
  }
}
