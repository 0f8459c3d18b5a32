// One request, by fetch or (for files, whose progress is shown) by XMLHttpRequest; both answer in the same shape:
// { url, redirected, status, type, text }. Rejects only when there is no connection or the request was aborted.

import { announce } from './small.js';

/** Sends `{ url, method, body, progress }`; with a `progress` element, shows there how much has been sent. */
export async function send({ url, method, body, json, progress, accept = 'text/html, */*;q=0.5' }, signal) {
  if (progress) return upload(url, body, progress);
  const headers = { 'X-Rapport': '1', Accept: accept };
  if (json) headers['Content-Type'] = 'application/json';
  const response = await fetch(url, { method, body: json ? JSON.stringify(json) : body, signal, headers });
  const type = response.headers.get('content-type') ?? '';
  const { redirected, status } = response;
  return { url: response.url, redirected, status, type, text: await response.text() };
}

function upload(url, body, progress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', url);
    request.setRequestHeader('X-Rapport', '1');
    Object.assign(progress, { hidden: false, max: 100, value: 0 });
    announce('Uploading');
    request.upload.onprogress = ({ lengthComputable, loaded, total }) => {
      if (lengthComputable && total > 0) progress.value = (100 * loaded) / total;
    };
    // All sent: how long the server reads it is unknown.
    request.upload.onload = () => progress.removeAttribute('value');
    request.onloadend = () => {
      progress.hidden = true;
      if (request.status === 0) return reject(new TypeError('no connection'));
      const { responseURL, status, responseText: text } = request;
      const redirected = responseURL !== new URL(url, location.href).href.replace(/#.*/, '');
      const type = request.getResponseHeader('content-type') ?? '';
      return resolve({ url: responseURL, redirected, status, type, text });
    };
    request.send(body);
  });
}
