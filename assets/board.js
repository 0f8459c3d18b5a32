// Moves a card to another column of the board and settles what the server says: the card is shown there at once and
// goes back if it is refused. Here too: lifting and moving it by keyboard. Dragging is in drag.js.

import { send } from './send.js';
import { announce, onSwap, toast } from './small.js';
import { refresh } from './swap.js';

let lift = null; // { tile, home }
let shifting = false; // the tile is being moved in the page, so losing focus means nothing

/** Whether a card is in hand: a page swapped now would take it out. */
const inHand = () => lift !== null || document.querySelector('.dragging') !== null;

/** The column a tile is in. */
export const column = (tile) => tile.closest('.col[data-stage]');
const textOf = (root, ...selectors) =>
  (selectors.map((one) => root.querySelector(one)).find(Boolean) ?? root).textContent.trim().replace(/\s+/g, ' ');
const nameOf = (tile) => textOf(tile, '.tile-head a', '.tile-head');
const stageOf = (col) => textOf(col, '.col-head :is(h2, h3, .col-name)', '.col-head');

function put(tile, list, next = null) {
  shifting = true;
  const focused = tile.contains(document.activeElement);
  list.insertBefore(tile, next);
  if (focused) tile.focus({ preventScroll: true });
  shifting = false;
}

/** Where a tile lies now, to put it back there. */
export const homeOf = (tile) => ({ list: tile.parentElement, next: tile.nextElementSibling, col: column(tile) });

function putBack(tile, home) {
  if (!home.list.isConnected) return; // the page has been swapped: it already shows where the card is
  put(tile, home.list, home.next?.parentElement === home.list ? home.next : null);
}

/** Shows the tile in `col`, asks the server to move the card, and puts it back to `home` if that fails. */
export async function move(tile, col, home) {
  const list = col.querySelector('.col-list');
  if (!list || tile.dataset.moving !== undefined) return;
  if (tile.parentElement !== list) put(tile, list, list.firstElementChild);
  tile.dataset.moving = '';
  const json = { stage_id: Number(col.dataset.stage), version: Number(tile.dataset.version) };
  const ask = { url: tile.dataset.move, method: 'POST', json, accept: 'application/json' };
  const answer = await send(ask).catch(() => null);
  delete tile.dataset.moving;
  if (answer?.redirected && new URL(answer.url).pathname === '/login') location.assign(answer.url);
  else settle(tile, home, answer);
}

function settle(tile, home, answer) {
  let told = null;
  try { told = JSON.parse(answer?.text ?? ''); } catch { /* an error page: told in our own words */ }
  if (answer?.status === 200 && told?.card) {
    tile.dataset.version = told.card.version;
    toast(told.words ?? 'Moved.', { undo: told.undo_url });
    return refresh(() => !inHand());
  }
  putBack(tile, home);
  const ask = answer?.status === 422 && told?.ask_url ? new URL(told.ask_url, location.href) : null;
  if (ask?.origin === location.origin) return location.assign(ask.href);
  const lost = 'Not moved: no connection. The card is back where it was.';
  const refused = told?.words ?? told?.detail ?? 'The card could not be moved and is back where it was.';
  toast(answer ? refused : lost, { bad: true });
  return answer ? refresh() : false;
}

function pickUp(tile) {
  lift = { tile, home: homeOf(tile) };
  tile.classList.add('lifted');
  const where = `Lifted ${nameOf(tile)} from ${stageOf(column(tile))}.`;
  announce(`${where} Left and right arrows choose a column, space drops, escape cancels.`);
}

function letGo() {
  const { tile, home } = lift;
  lift = null;
  tile.classList.remove('lifted');
  return { tile, home, col: column(tile) };
}

function cancel() {
  const { tile, home } = letGo();
  putBack(tile, home);
  announce(`Cancelled. ${nameOf(tile)} stays in ${stageOf(home.col)}.`);
}

function drop() {
  const { tile, home, col } = letGo();
  if (col !== home.col) return move(tile, col, home);
  return announce(`${nameOf(tile)} stays in ${stageOf(col)}.`);
}

function shift(step) {
  const { tile, home } = lift;
  const cols = [...tile.closest('[data-board]').querySelectorAll('.col[data-stage]')];
  const at = cols.indexOf(column(tile)) + step;
  const col = cols[at];
  const list = col?.querySelector('.col-list');
  if (!list) return;
  if (col === home.col) putBack(tile, home);
  else put(tile, list, list.firstElementChild);
  tile.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  announce(`${stageOf(col)}, column ${at + 1} of ${cols.length}`);
}

const LIFTED = {
  ' ': drop, Enter: drop, Escape: cancel, ArrowLeft: () => shift(-1), ArrowRight: () => shift(1),
  ArrowUp: () => {}, ArrowDown: () => {},
};

document.addEventListener('keydown', (event) => {
  const { target } = event;
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !(target instanceof Element)) return;
  // A link does nothing on Space: there it lifts the card that it names.
  const tile = target.closest('[data-board] .tile[data-move]');
  if (!tile || (target !== tile && (lift || !target.matches('.tile-head > .grow > a')))) return;
  if (lift?.tile === tile && LIFTED[event.key]) {
    event.preventDefault();
    if (!event.repeat || event.key.startsWith('Arrow')) LIFTED[event.key]();
  } else if (!lift && event.key === ' ' && column(tile)) {
    event.preventDefault();
    if (event.repeat || tile.dataset.moving !== undefined) return;
    tile.focus();
    pickUp(tile);
  }
});

document.addEventListener('focusout', () => { if (lift && !shifting) cancel(); });
onSwap(() => { if (lift && !lift.tile.isConnected) lift = null; });
