// Lines of a hand on a sheet of 600 by 200, as text: `12,30 13,31;40,50`.

export type Point = readonly [number, number];
export type Stroke = Point[];

const sheet = { width: 600, height: 200 };
// A finger that rests sends many points of the same place.
const near = 3;

/** Where a pointer is on the sheet, which is shown in `box`. */
export function place(x: number, y: number, box: { left: number; top: number; width: number; height: number }): Point {
  const along = (value: number, start: number, shown: number, most: number): number =>
    shown > 0 ? Math.min(most, Math.max(0, Math.round(((value - start) / shown) * most))) : 0;
  return [along(x, box.left, box.width, sheet.width), along(y, box.top, box.height, sheet.height)];
}

/** Adds a point to a line, unless the line is there already. */
export function extend(stroke: Stroke, point: Point): void {
  const last = stroke.at(-1);
  if (last === undefined || Math.hypot(point[0] - last[0], point[1] - last[1]) >= near) stroke.push(point);
}

export function write(strokes: readonly Stroke[]): string {
  return strokes.map((stroke) => stroke.map(([x, y]) => `${x},${y}`).join(" ")).join(";");
}

export function read(text: string): Stroke[] {
  const points = (line: string): Stroke =>
    [...line.matchAll(/(?<=^| )(\d+),(\d+)(?=$| )/g)].map(([, x, y]): Point => [Number(x), Number(y)]);
  return text.split(";").map(points).filter((stroke) => stroke.length > 0);
}

/** The lines as the path of a drawing; a dot is a line of no length. */
export function path(strokes: readonly Stroke[]): string {
  return strokes.map((stroke) => `M${stroke.map(([x, y]) => `${x} ${y}`).join("L")}${stroke.length === 1 ? "h0" : ""}`).join("");
}
