// A conversation opens at its newest end, unless the address names a message in it; and whoever looks at it has seen it.

import { send } from './send.js';
import { onSwap } from './small.js';

/** Tells the server that the viewer sees the conversation, once somebody really looks at it. */
async function noteSeen() {
  const pane = document.querySelector('.pane-thread[data-seen]');
  if (!pane || document.hidden || pane.getClientRects().length === 0) return;
  const { seen: url, last } = pane.dataset;
  delete pane.dataset.seen;
  const body = new URLSearchParams({ last });
  const { status, text } = await send({ url, method: 'POST', body, accept: 'application/json' }).catch(() => ({}));
  if (status !== 200) return;
  const { unread } = JSON.parse(text);
  const row = document.querySelector('.pane-list .row.current');
  row?.classList.remove('unread');
  row?.querySelectorAll('.dot, .row-title .sr').forEach((one) => one.remove());
  pane.querySelector('[data-unseen]')?.remove();
  pane.querySelector('[data-seen-mark]')?.removeAttribute('hidden');
  for (const count of document.querySelectorAll('[data-unread-count]')) {
    count.hidden = unread === 0;
    count.firstElementChild.textContent = unread > 99 ? '99+' : unread;
  }
}

// What the gate said holds for the words that it saw: others are checked again before they are copied.
document.addEventListener('input', ({ target }) => {
  if (!target.matches('.composer [name=body]')) return;
  for (const copy of target.form.querySelectorAll('[data-copy]')) copy.remove();
  for (const said of target.form.querySelectorAll('[data-judged]')) said.classList.add('stale');
});

// Pictures take their room when they arrive: whoever reads at the end stays there, and so does what was asked for in sight.
let pane = null;
let sought = null;
let atEnd = false;
let top = 0;
const isAtEnd = () => pane.scrollTop + pane.clientHeight >= pane.scrollHeight - 8;
const grown = new ResizeObserver(() => {
  if (pane && atEnd) pane.scrollTop = pane.scrollHeight;
  else if (sought?.isConnected) sought.scrollIntoView({ block: 'start' });
});
for (const kind of ['wheel', 'touchmove', 'keydown', 'pointerdown']) {
  document.addEventListener(kind, () => { sought = null; }, { passive: true });
}

document.addEventListener('visibilitychange', noteSeen);
onSwap(({ refresh }) => {
  noteSeen();
  const now = document.querySelector('.pane-thread');
  if (now !== pane) {
    pane = now;
    top = pane?.scrollTop ?? 0;
    if (!refresh) atEnd = false;
    // A picture may grow between our own scrolling and what the browser tells of it: only who goes up leaves the end.
    pane?.addEventListener('scroll', () => {
      if (isAtEnd()) atEnd = true;
      else if (pane.scrollTop < top) atEnd = false;
      top = pane.scrollTop;
    }, { passive: true });
  }
  grown.disconnect();
  const messages = pane?.querySelector('.messages');
  if (messages) grown.observe(messages);
  if (!refresh) document.querySelector('.pane-list .row.current')?.scrollIntoView({ block: 'nearest' });
  if (!pane || refresh) return;
  const named = location.hash.startsWith('#message-') ? location.hash.slice(1) : '';
  sought = document.getElementById('found') ?? document.getElementById(named);
  if (sought || named) return;
  const asked = new URLSearchParams(location.search);
  const jump = document.getElementById(messages?.dataset.jump ?? '');
  if (jump) {
    const heading = jump.previousElementSibling;
    (heading?.matches('.day') ? heading : jump).scrollIntoView({ block: 'start' });
  } else if (asked.has('from')) {
    pane.scrollTop = 0;
  } else if (!asked.has('before')) {
    pane.scrollTop = pane.scrollHeight;
    atEnd = true;
  }
});
