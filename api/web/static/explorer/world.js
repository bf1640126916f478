// The conflicts and sides that there are, and the colour of each camp. Colours say who speaks, nothing else.

import { all } from "./api.js";

const HUES = 6;

export async function load() {
  const [conflicts, sides] = await Promise.all([
    all("/v1/conflicts?fields=id,name,parent,started_on,ended_on,sides&sort=started_on&limit=1000"),
    all("/v1/sides?fields=id,name,member_of&limit=1000"),
  ]);
  const named = Object.fromEntries(sides.map((side) => [side.id, side]));
  const camp = (id) => {
    let top = id;
    for (const seen = new Set(); named[top]?.member_of.length && !seen.has(top); top = named[top].member_of[0].id) seen.add(top);
    return top;
  };
  const camps = sides.filter((side) => !side.member_of.length).map((side) => side.id);
  const hue = (side) => (side ? `camp-${Math.max(camps.indexOf(camp(side.id ?? side)), 0) % HUES}` : "camp-none");
  return { conflicts, sides, camp, hue, nameOf: (id) => named[id]?.name ?? id };
}

// Conflicts with their phases under them, each with its depth.
export function nested(conflicts, parent = null, depth = 0) {
  const known = new Set(conflicts.map((conflict) => conflict.id));
  const own = conflicts.filter((c) => (c.parent && known.has(c.parent.id) ? c.parent.id : null) === parent);
  return own.flatMap((conflict) => [{ ...conflict, depth }, ...nested(conflicts, conflict.id, depth + 1)]);
}

// Sides of a conflict and their members; of all conflicts, all.
export function sidesOf(world, conflict) {
  const found = world.conflicts.find((one) => one.id === conflict);
  if (!found) return world.sides;
  const phases = nested(world.conflicts, conflict);
  const parties = new Set([found, ...phases].flatMap((one) => (one.sides ?? []).map((side) => side.id)));
  return world.sides.filter((side) => parties.has(side.id) || side.member_of.some((of) => parties.has(of.id)));
}
