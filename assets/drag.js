// Drags cards of the board by mouse, or by long press on a touch screen, with a ghost under the pointer and scrolling
// near the edges. Where a card may go and what the server says to it is in board.js.

import { homeOf, move } from './board.js';
import { onSwap } from './small.js';

const LONG_PRESS = 250; // milliseconds
const SLACK = 6; // pixels a pointer may stray before it counts as moving
const EDGE = 56; // pixels from an edge where scrolling starts
const SPEED = 12; // pixels a frame
const CONTROLS = 'button, input, select, textarea, label, summary, .menu-list';

let drag = null; // { tile, board, home, pointer, touch, x, y, dx, dy, timer, ghost, over }

const within = (event, selector) => (event.target instanceof Element ? event.target.closest(selector) : null);

document.addEventListener('pointerdown', (event) => {
  const tile = within(event, '.tile[data-move]');
  const board = tile?.closest('[data-board]');
  if (!board || event.button || !event.isPrimary || drag || within(event, CONTROLS)) return;
  if (tile.matches('[data-moving], .lifted')) return;
  const box = tile.getBoundingClientRect();
  const { pointerId: pointer, clientX: x, clientY: y } = event;
  const touch = event.pointerType !== 'mouse';
  drag = { tile, board, home: homeOf(tile), pointer, touch, x, y, dx: x - box.left, dy: y - box.top };
  if (touch) drag.timer = setTimeout(pickUp, LONG_PRESS);
});

function pickUp() {
  const { tile, pointer } = drag;
  const ghost = document.createElement('div');
  ghost.className = `${tile.className} ghost`;
  ghost.append(...tile.cloneNode(true).childNodes);
  ghost.querySelectorAll('[id]').forEach((one) => one.removeAttribute('id'));
  ghost.inert = true;
  // Set through the object model: a style attribute would be refused by the page's content policy.
  const width = `${tile.offsetWidth}px`;
  Object.assign(ghost.style, { position: 'fixed', left: '0', top: '0', margin: '0', width, pointerEvents: 'none' });
  document.body.append(ghost);
  tile.classList.add('dragging');
  try { tile.setPointerCapture(pointer); } catch { /* the pointer is gone: the next event ends the drag */ }
  getSelection()?.removeAllRanges();
  drag.ghost = ghost;
  if (drag.touch) navigator.vibrate?.(10);
  follow();
  requestAnimationFrame(scrollNearEdges);
}

function follow() {
  drag.ghost.style.transform = `translate(${drag.x - drag.dx}px, ${drag.y - drag.dy}px)`;
  // A stage's tab counts as its column: on a phone only one column is shown.
  const stage = document.elementFromPoint(drag.x, drag.y)?.closest('[data-stage]')?.dataset.stage;
  const over = stage ? drag.board.querySelector(`.col[data-stage="${CSS.escape(stage)}"]`) : null;
  if (over === drag.over) return;
  drag.over?.classList.remove('over');
  over?.classList.add('over');
  drag.over = over;
}

const pull = (at, from, to) => (at < from + EDGE ? -1 : at > to - EDGE ? 1 : 0) * SPEED;

function scrollNearEdges() {
  if (!drag?.ghost) return;
  const { board, over, x, y } = drag;
  const wide = board.getBoundingClientRect();
  board.scrollLeft += pull(x, Math.max(wide.left, 0), Math.min(wide.right, innerWidth));
  const list = over?.querySelector('.col-list');
  const tall = list?.getBoundingClientRect();
  if (list) list.scrollTop += pull(y, tall.top, Math.min(tall.bottom, innerHeight));
  scrollBy({ top: pull(y, 0, innerHeight), behavior: 'instant' });
  follow();
  requestAnimationFrame(scrollNearEdges);
}

document.addEventListener('pointermove', (event) => {
  if (!drag || event.pointerId !== drag.pointer) return;
  const far = Math.hypot(event.clientX - drag.x, event.clientY - drag.y) > SLACK;
  if (!drag.ghost && !far) return;
  if (!drag.ghost && drag.touch) return endDrag(); // moved before the press was long enough: that's scrolling
  [drag.x, drag.y] = [event.clientX, event.clientY];
  if (drag.ghost) follow();
  else pickUp();
});

function endDrag() {
  clearTimeout(drag.timer);
  drag.ghost?.remove();
  drag.over?.classList.remove('over');
  drag.tile.classList.remove('dragging');
  const ended = drag;
  drag = null;
  return ended;
}

document.addEventListener('pointerup', (event) => {
  if (!drag || event.pointerId !== drag.pointer) return;
  const { ghost, over, tile, home } = endDrag();
  if (!ghost) return;
  // The click that follows belongs to the drag, not to the link under it.
  const swallow = (click) => { click.preventDefault(); click.stopPropagation(); };
  addEventListener('click', swallow, { capture: true, once: true });
  setTimeout(() => removeEventListener('click', swallow, { capture: true }));
  if (over && over !== home.col) move(tile, over, home);
});
document.addEventListener('pointercancel', () => { if (drag) endDrag(); });
document.addEventListener('dragstart', (event) => { if (within(event, '.tile[data-move]')) event.preventDefault(); });
document.addEventListener('contextmenu', (event) => { if (drag?.ghost && drag.touch) event.preventDefault(); });
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || !drag) return;
  event.preventDefault();
  endDrag();
});
onSwap(() => {
  if (drag && !drag.tile.isConnected) endDrag();
  // Once a card is picked up by touch the page must not scroll along. Browsers only obey a listener that says
  // beforehand that it may do so, hence on the boards alone.
  for (const board of document.querySelectorAll('[data-board]')) {
    board.addEventListener('touchmove', (event) => { if (drag?.ghost) event.preventDefault(); }, { passive: false });
  }
});
