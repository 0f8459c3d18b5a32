// A conversation opens at its newest end, unless the address names a message in it; and whoever looks at it has seen it.

import { send } from './send.js';
import { onSwap } from './small.js';

/** Tells the server that the viewer sees the conversation, once somebody really looks at it. */
async function noteSeen() {
  const pane = document.querySelector('.pane-thread[data-seen]');
  if (!pane || document.hidden || pane.getClientRects().length === 0) return;
  const url = pane.dataset.seen;
  delete pane.dataset.seen;
  const { status, text } = await send({ url, method: 'POST', accept: 'application/json' }).catch(() => ({}));
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

document.addEventListener('visibilitychange', noteSeen);
onSwap(({ refresh }) => {
  noteSeen();
  if (refresh || location.hash.startsWith('#message-')) return;
  const pane = document.querySelector('.pane-thread');
  if (pane && !new URLSearchParams(location.search).has('before')) pane.scrollTop = pane.scrollHeight;
});
