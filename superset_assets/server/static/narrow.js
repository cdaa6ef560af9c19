/* Dashboards on a phone: charts below each other instead of side by side.
 *
 * Superset lays a row out in twelve columns at any width. Where the window is narrow, the layout is
 * changed as it is fetched: everything takes a whole row, and is less high. What is stored stays as it
 * is, and is not edited from there.
 */
(function () {
  'use strict';

  var NARROW = 700;
  var WHOLE = 12;
  var CARD = 23;
  var ONE_DASHBOARD = /\/api\/v1\/dashboard\/[^/?]+(\?|$)/;

  if (window.innerWidth > NARROW) return;

  // A row of its own for each that stands in a row.
  function rowsOf(position, row) {
    return row.children.map(function (id, number) {
      var item = position[id];
      var own = Object.assign({}, row, { id: row.id + '-' + number, children: [id] });
      item.parents = (row.parents || []).concat(own.id);
      if (item.meta) {
        item.meta.width = WHOLE;
        item.meta.height = Math.min(item.meta.height, Math.max(CARD, item.meta.height * 0.8));
      }
      return own;
    });
  }

  function narrowed(position) {
    Object.values(position).forEach(function (item) {
      if (!item || !item.children || item.type === 'ROW') return;
      item.children = item.children.flatMap(function (id) {
        var row = position[id];
        if (!row || row.type !== 'ROW') return [id];
        var rows = rowsOf(position, row);
        rows.forEach(function (part) { position[part.id] = part; });
        return rows.map(function (part) { return part.id; });
      });
    });
    return position;
  }

  function changed(answer) {
    var result = answer.result;
    if (result && result.position_json) {
      result.position_json = JSON.stringify(narrowed(JSON.parse(result.position_json)));
    }
    return answer;
  }

  var fetched = window.fetch;
  window.fetch = function (input, init) {
    var address = typeof input === 'string' ? input : input.url;
    var method = (init && init.method) || input.method || 'GET';
    var coming = fetched.apply(this, arguments);
    if (method.toUpperCase() !== 'GET' || !ONE_DASHBOARD.test(address)) return coming;
    return coming.then(function (response) {
      if (!response.ok) return response;
      return response.clone().json().then(function (answer) {
        return new Response(JSON.stringify(changed(answer)), {
          status: response.status,
          headers: response.headers,
        });
      });
    });
  };
})();
