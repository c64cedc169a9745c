// Nothing moves under the hand: while the pointer or the focus is in a list, its rows keep their places.
import { useRef, useState } from "preact/hooks";

/** `list` in the order it had when the hand came; who is new stands at the end. Spread `hand` on the list's box. */
export function useStill(list, idOf = (one) => one.id) {
  const [held, setHeld] = useState(false);
  const order = useRef([]);
  const shown = held ? [...list].sort((a, b) => at(order.current, idOf(a)) - at(order.current, idOf(b))) : list;
  order.current = shown.map(idOf);
  const inside = useRef({ pointer: false, focus: false });
  const tell = (what, value) => { inside.current[what] = value; setHeld(inside.current.pointer || inside.current.focus); };
  return {
    shown,
    hand: {
      onPointerEnter: () => tell("pointer", true), onPointerLeave: () => tell("pointer", false), onFocusIn: () => tell("focus", true),
      onFocusOut: (event) => { if (!event.currentTarget.contains(event.relatedTarget)) tell("focus", false); },
    },
  };
}

const at = (order, id) => { const place = order.indexOf(id); return place < 0 ? order.length : place; };
