// Where the steps of a flow stand and how the lines between them run: layers from left to right, as few crossings as a
// few sweeps find, no line through a step. Pure: sizes in, places out; the same flow is always drawn the same way.
export const GAP_X = 68; // between layers: lines bend here
const GAP_Y = 26; // between steps of a layer
const LANE = 12; // how far from a step a line that goes back runs
const LINE = 14; // what a line that passes through a layer takes of it
const SWEEPS = 8;
const FAR = 2; // layers; a line that would run farther is told at its exit instead
const HUB = 4; // lines into an end where many ways lead: only the nearest is drawn

/** Edges that lead back to where one comes from, found by walking from the start: the walk ignores them. */
function backwards(nodes, edges, start) {
  const out = new Map(nodes.map((one) => [one.id, []]));
  for (const edge of edges) out.get(edge.from).push(edge);
  const state = new Map();
  const back = new Set();
  const walk = (id) => {
    state.set(id, "open");
    for (const edge of out.get(id)) {
      if (state.get(edge.to) === "open") back.add(edge);
      else if (!state.has(edge.to)) walk(edge.to);
    }
    state.set(id, "done");
  };
  for (const id of [start, ...nodes.map((one) => one.id)]) if (out.has(id) && !state.has(id)) walk(id);
  return back;
}

/** The steps one comes to from the start. */
function reached(edges, start) {
  const found = new Set([start]);
  for (const id of found) for (const edge of edges) if (edge.from === id) found.add(edge.to);
  return found;
}

/** The layer of each step: one after the last of those that lead to it. */
function layered(nodes, forward, start) {
  const layer = new Map(nodes.map((one) => [one.id, one.id === start || !forward.some((edge) => edge.to === one.id) ? 0 : -1]));
  for (let round = 0; round < nodes.length; round += 1) {
    let moved = false;
    for (const { from, to } of forward) {
      if (layer.get(from) >= 0 && layer.get(to) <= layer.get(from)) { layer.set(to, layer.get(from) + 1); moved = true; }
    }
    if (!moved) break;
  }
  return layer;
}

/** The layers, and which edges are not drawn as lines: those into an end that many share, but the nearest; those too long. */
function placed(nodes, edges, start) {
  const back = backwards(nodes, edges, start);
  const into = (id) => edges.filter((edge) => edge.to === id);
  const hubs = new Set(nodes.filter(({ id }) => !edges.some((edge) => edge.from === id) && into(id).length >= HUB).map(({ id }) => id));
  const rough = layered(nodes, edges.filter((edge) => !back.has(edge) && !hubs.has(edge.to)), start);
  const known = reached(edges, start);
  const far = ({ from }) => rough.get(from) + (known.has(from) ? 0 : nodes.length);
  const jumps = new Set([...hubs].flatMap((id) => { const nearest = into(id).reduce((one, other) => (far(other) < far(one) ? other : one)); return into(id).filter((edge) => edge !== nearest); }));
  const layer = layered(nodes, edges.filter((edge) => !back.has(edge) && !jumps.has(edge)), start);
  for (const edge of edges) if (Math.abs(layer.get(edge.to) - layer.get(edge.from)) > FAR) jumps.add(edge);
  return { back, jumps, layer };
}

/** Cut lines that pass through layers into pieces from layer to layer; returns {cells by layer, links, chains}. */
function cut(nodes, edges, back, layer) {
  const last = Math.max(0, ...layer.values());
  const rows = Array.from({ length: last + 1 }, () => []);
  const cells = new Map();
  const put = (cell, at) => { cells.set(cell.id, cell); rows[at].push(cell); };
  for (const one of nodes) put({ ...one, real: true, layer: layer.get(one.id) }, layer.get(one.id));
  const links = [];
  const chains = new Map();
  edges.forEach((edge, number) => {
    const [left, right] = back.has(edge) ? [edge.to, edge.from] : [edge.from, edge.to];
    const chain = [];
    let before = left;
    for (let at = layer.get(left) + 1; at < layer.get(right); at += 1) {
      const cell = { id: `:${number}:${at}`, h: LINE, ports: [], layer: at };
      put(cell, at);
      links.push({ from: before, to: cell.id, port: before === left && !back.has(edge) ? edge.port : -1 });
      chain.push(cell);
      before = cell.id;
    }
    if (left !== right) links.push({ from: before, to: right, port: before === left && !back.has(edge) ? edge.port : -1 });
    chains.set(edge, back.has(edge) ? chain.reverse() : chain);
  });
  return { rows, cells, links, chains };
}

/** How many pairs of links between two layers cross. */
function crossings(rows, links, cells) {
  const at = new Map(rows.flatMap((row) => row.map((cell, place) => [cell.id, place])));
  let found = 0;
  for (let layer = 0; layer + 1 < rows.length; layer += 1) {
    const here = links.filter((one) => cells.get(one.from).layer === layer)
      .map((one) => [at.get(one.from) + (one.port + 1) / 100, at.get(one.to)]);
    for (let i = 0; i < here.length; i += 1) {
      for (let j = i + 1; j < here.length; j += 1) if ((here[i][0] - here[j][0]) * (here[i][1] - here[j][1]) < 0) found += 1;
    }
  }
  return found;
}

/** Order each layer by where its neighbours stand, to and fro; the best order seen is kept. */
function ordered({ rows, cells, links }) {
  let best = rows.map((row) => [...row]);
  let fewest = crossings(best, links, cells);
  const now = rows.map((row) => [...row]);
  for (let sweep = 0; sweep < SWEEPS && fewest; sweep += 1) {
    const right = sweep % 2 === 0;
    for (const row of right ? now : [...now].reverse()) {
      const at = new Map(now.flatMap((one) => one.map((cell, place) => [cell.id, place])));
      const wish = new Map(row.map((cell, place) => {
        const near = links.filter((one) => (right ? one.to : one.from) === cell.id).map((one) => (right ? at.get(one.from) + (one.port + 1) / 100 : at.get(one.to)));
        return [cell, near.length ? near.reduce((sum, one) => sum + one, 0) / near.length : place];
      }));
      row.sort((one, other) => wish.get(one) - wish.get(other));
    }
    const found = crossings(now, links, cells);
    if (found < fewest) { fewest = found; best = now.map((row) => [...row]); }
  }
  return best;
}

/** Where cells of one layer stand when each would stand at its wish and none may overlap: least squares, in order. */
function spread(row, wishes) {
  const blocks = [];
  let offset = 0;
  row.forEach((cell, at) => {
    const gap = at ? GAP_Y * (cell.real && row[at - 1].real ? 1 : 0.5) : 0;
    offset += at ? row[at - 1].h + gap : 0;
    let block = { sum: wishes[at] - offset, count: 1, cells: [[cell, offset]] };
    while (blocks.length && blocks.at(-1).sum / blocks.at(-1).count > block.sum / block.count) {
      const before = blocks.pop();
      block = { sum: before.sum + block.sum, count: before.count + block.count, cells: [...before.cells, ...block.cells] };
    }
    blocks.push(block);
  });
  for (const { sum, count, cells } of blocks) for (const [cell, shift] of cells) cell.y = sum / count + shift;
}

const outAt = (cell, port) => (cell.real && port >= 0 ? cell.ports[port] : cell.h / 2);
const inAt = (cell) => (cell.real ? cell.inlet : cell.h / 2);

function straighten(rows, cells, links) {
  for (const row of rows) { let y = 0; for (const cell of row) { cell.y = y; y += cell.h + GAP_Y; } }
  for (let sweep = 0; sweep < 2 * SWEEPS; sweep += 1) {
    const right = sweep % 2 === 0;
    for (const row of right ? rows : [...rows].reverse()) {
      spread(row, row.map((cell) => {
        const before = links.filter((one) => one.to === cell.id).map((one) => cells.get(one.from).y + outAt(cells.get(one.from), one.port) - inAt(cell));
        const after = links.filter((one) => one.from === cell.id).map((one) => cells.get(one.to).y + inAt(cells.get(one.to)) - outAt(cell, one.port));
        const near = right ? before : after;
        return near.length ? near.reduce((sum, one) => sum + one, 0) / near.length : cell.y;
      }));
    }
  }
  const top = Math.min(...[...cells.values()].map((cell) => cell.y));
  for (const cell of cells.values()) cell.y = Math.round(cell.y - top + LANE * 2);
}

const bend = ([x, y], [toX, toY]) => `C${(x + toX) / 2} ${y} ${(x + toX) / 2} ${toY} ${toX} ${toY}`;

/** A line forward: from a port, through the layers between, to the step's inlet. */
function forwardLine(from, port, chain, to, width) {
  const points = [[from.x + width, from.y + from.ports[port]]];
  for (const cell of chain) points.push([cell.x, cell.y + LINE / 2], [cell.x + width, cell.y + LINE / 2]);
  points.push([to.x, to.y + to.inlet]);
  return points.reduce((path, point, at) => (at === 0 ? `M${point[0]} ${point[1]}` : path + (at % 2 ? bend(points[at - 1], point) : `L${point[0]} ${point[1]}`)), "");
}

/** A line back: out of the port, under its own step, through the layers, over the other step and into its inlet. */
function backLine(from, port, chain, to, width) {
  const [x, y, under] = [from.x + width, from.y + from.ports[port], from.y + from.h + LANE];
  const over = from === to ? under : to.y - LANE;
  let path = `M${x} ${y}C${x + 26} ${y} ${x + 26} ${under} ${x} ${under}L${from.x} ${under}`;
  let at = [from.x, under];
  for (const cell of chain) {
    const line = cell.y + LINE / 2;
    path += `${bend(at, [cell.x + width, line])}L${cell.x} ${line}`;
    at = [cell.x, line];
  }
  if (from !== to) path += `${bend(at, [to.x + width, over])}L${to.x} ${over}`;
  const inlet = to.y + to.inlet;
  return `${path}C${to.x - 26} ${over} ${to.x - 26} ${inlet} ${to.x} ${inlet}`;
}

/**
 * Lay out a flow. `nodes`: [{id, h, inlet, ports: [y of each line's beginning]}], heights in px from the step's top;
 * `edges`: [{from, port, to}], those to steps that do not exist left out; `start` is the first step's id.
 * Returns {places: Map id -> {x, y, h, layer, at}, lines: [{...edge, path, back, jump}], width, height}; a `jump` is no line to be
 * drawn at rest: it would run too far.
 */
export function layout(nodes, edges, start, width) {
  if (!nodes.length) return { places: new Map(), lines: [], width: 0, height: 0 };
  const { back, jumps, layer } = placed(nodes, edges, start);
  const graph = cut(nodes, edges.filter((edge) => !jumps.has(edge)), back, layer);
  const rows = ordered(graph);
  straighten(rows, graph.cells, graph.links);
  rows.forEach((row, layer) => row.forEach((cell, at) => { cell.x = LANE * 3 + layer * (width + GAP_X); cell.at = at; }));
  const places = new Map(nodes.map(({ id }) => [id, graph.cells.get(id)]));
  const lines = edges.map((edge) => {
    const draw = back.has(edge) && !jumps.has(edge) ? backLine : forwardLine;
    return { ...edge, back: back.has(edge), jump: jumps.has(edge), path: draw(places.get(edge.from), edge.port, graph.chains.get(edge) ?? [], places.get(edge.to), width) };
  });
  const bottom = Math.max(...[...graph.cells.values()].map((cell) => cell.y + cell.h));
  return { places, lines, width: LANE * 3 + rows.length * (width + GAP_X), height: bottom + LANE * 3 };
}
