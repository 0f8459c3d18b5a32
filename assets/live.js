// Keeps the page true while others work: listens for changes (or asks every few seconds while something runs) and
// swaps the page in, but never under the hands of someone who is typing, choosing or dragging.

import { changedFields, closes, onSwap } from './small.js';
import { address } from './keep.js';
import { refresh } from './swap.js';

const RETRY = 1000; // milliseconds until a busy reader is looked at again
const OWN = 2500; // milliseconds for which a change is taken for the reader's own
const REOPEN = 30_000; // milliseconds after the server closed the stream for good, as it does when it restarts
const BUSY = [
  'dialog[open]', '.tile:active', '.tile.dragging', '.tile.lifted', '.tile[data-moving]', 'form[data-busy]',
  '#main details[data-menu][open]', '#main :is(input, select, textarea, [contenteditable]):focus',
].join(', ');

let source = null;
let waiting = null; // the timer of a change not shown yet
let polling = null;
let missed = false; // the stream broke: something may have happened meanwhile
let asked = -Infinity; // when the reader last changed something by themselves: what is told just then is theirs
let news = false; // whether somebody else may have changed something since

/** Whether a swap now would get in nobody's way. */
export function isIdle() {
  const main = document.getElementById('main');
  const reading = getSelection();
  const marked = reading && !reading.isCollapsed && main?.contains(reading.anchorNode);
  // What was refused came back with the words in it: nobody saved them, and they look unchanged.
  const refused = main?.matches('[data-refused], :has(.problem)');
  return Boolean(main) && !refused && !document.hidden && !marked && !document.querySelector(BUSY)
    && changedFields(main).length === 0;
}

function changed() {
  news ||= performance.now() - asked > OWN;
  clearTimeout(waiting);
  // A moment's wait: one action of a colleague often makes several changes.
  waiting = setTimeout(showChange, 300);
}

async function showChange() {
  const done = isIdle() && await refresh(isIdle);
  clearTimeout(waiting);
  waiting = done ? null : setTimeout(showChange, RETRY);
  if (!done && news) tell();
}

/** Says to somebody who types that there is something new, and shows it when asked to: the words typed stay. */
function tell() {
  const main = document.getElementById('main');
  const typing = main?.querySelector(':is(input:not([type=radio], [type=checkbox]), textarea):focus') || (main && changedFields(main).length > 0);
  const toasts = document.getElementById('toasts');
  if (!typing || !toasts || toasts.querySelector('[data-news]')) return;
  const box = Object.assign(document.createElement('div'), { className: 'toast' });
  box.dataset.news = '';
  const button = Object.assign(document.createElement('button'), { className: 'btn small', textContent: 'Show it' });
  button.type = 'button';
  const field = address(document.activeElement);
  button.addEventListener('click', async () => {
    await refresh();
    if (field) document.querySelector(field)?.focus();
  });
  box.append(Object.assign(document.createElement('span'), { textContent: 'There is something new here.' }), button);
  toasts.append(box);
}

function listen(url) {
  source?.close();
  source = url ? new EventSource(url) : null;
  if (!source) return;
  source.dataUrl = url;
  source.addEventListener('change', changed);
  source.addEventListener('open', () => {
    if (missed) changed();
    missed = false;
  });
  source.addEventListener('error', ({ target }) => {
    missed = true;
    if (target.readyState === EventSource.CLOSED) setTimeout(() => { if (source === target) listen(url); }, REOPEN);
  });
}

function poll(seconds) {
  clearTimeout(polling);
  if (!(seconds > 0)) return;
  polling = setTimeout(async () => {
    // A swap starts the next round itself, if the new page still asks for it.
    if (!(isIdle() && await refresh(isIdle))) poll(seconds);
  }, Math.max(seconds, 1) * 1000);
}

function follow() {
  const url = document.querySelector('[data-live]')?.dataset.live ?? '';
  if (url !== (source?.dataUrl ?? '')) listen(url);
  poll(Number(document.querySelector('[data-poll]')?.dataset.poll));
}

document.addEventListener('submit', (event) => {
  if (event.target.method === 'post' && !closes(event)) asked = performance.now();
});
addEventListener('pagehide', () => listen(''));
addEventListener('pageshow', (event) => { if (event.persisted) { missed = true; follow(); } });
onSwap(({ refresh: quiet }) => {
  follow();
  document.querySelector('#toasts [data-news]')?.remove();
  // A page the reader asked for is fresh: what was waiting is on it.
  news = false;
  if (!quiet) { clearTimeout(waiting); waiting = null; }
});
