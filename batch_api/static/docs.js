// Draws /openapi.json. Text only ever becomes text nodes, so nothing in the document can run here.
"use strict";

const VERBS = ["get", "post", "put", "patch", "delete"];

// Text in which `words` stand out as code; the document's texts are never taken for HTML.
function prose(text) {
  return (text || "").split("`").map((part, place) => (place % 2 ? make("code", {}, part) : part));
}

function make(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) node.setAttribute(name, value);
  for (const child of children.flat()) if (child !== null && child !== undefined) node.append(child);
  return node;
}

function resolve(spec, thing) {
  let found = thing;
  for (let depth = 0; found && found.$ref && depth < 8; depth += 1) {
    found = found.$ref.split("/").slice(1).reduce((node, key) => (node ? node[key] : undefined), spec);
  }
  return found || {};
}

function typeName(spec, schema) {
  if (!schema) return "";
  if (schema.$ref) return schema.$ref.split("/").pop();
  const kinds = [].concat(schema.type || (schema.oneOf || schema.anyOf ? "one of several" : "any"));
  const inner = schema.items ? ` of ${typeName(spec, schema.items)}` : "";
  const choice = schema.enum ? `: ${schema.enum.join(", ")}` : "";
  return kinds.join(" or ") + (schema.format ? ` (${schema.format})` : "") + inner + choice;
}

function fieldTable(spec, schema) {
  const full = resolve(spec, schema);
  const required = new Set(full.required || []);
  const rows = Object.entries(full.properties || {}).map(([name, field]) => make("tr", {},
    make("td", {}, make("code", {}, name), required.has(name) ? " *" : ""),
    make("td", {}, typeName(spec, field)),
    make("td", {}, ...prose(resolve(spec, field).description))));
  return rows.length ? make("table", {}, rows) : null;
}

function examples(media) {
  const all = media.examples ? Object.entries(media.examples).map(([name, one]) => [name, one.value]) : [];
  if (media.example !== undefined) all.push(["", media.example]);
  return all.map(([name, value]) => [
    name ? make("p", { class: "muted" }, name) : null,
    make("pre", {}, typeof value === "string" ? value : JSON.stringify(value, null, 2)),
  ]).flat();
}

function contents(spec, content) {
  return Object.entries(content || {}).map(([type, media]) => make("div", {},
    make("p", { class: "muted" }, type, media.schema && media.schema.$ref ? ` — ${typeName(spec, media.schema)}` : ""),
    fieldTable(spec, media.schema), examples(media)));
}

function operationView(spec, path, verb, operation) {
  const parameters = (operation.parameters || []).map((one) => resolve(spec, one));
  const body = make("div", { class: "body" });
  if (operation.description) for (const part of operation.description.split("\n\n")) body.append(make("p", {}, ...prose(part)));
  if (operation["x-aliases"]) body.append(make("p", { class: "muted" }, `Also at: ${operation["x-aliases"].join(", ")}`));
  if (!(operation.security || []).length) body.append(make("p", { class: "muted" }, "No key needed."));
  if (parameters.length) {
    body.append(make("h4", {}, "Parameters"), make("table", {}, parameters.map((one) => make("tr", {},
      make("td", {}, make("code", {}, one.name), one.required ? " *" : ""),
      make("td", {}, `${one.in}, ${typeName(spec, one.schema)}`), make("td", {}, ...prose(one.description))))));
  }
  if (operation.requestBody) body.append(make("h4", {}, "Request body"), ...contents(spec, resolve(spec, operation.requestBody).content));
  for (const [code, reply] of Object.entries(operation.responses || {})) {
    const full = resolve(spec, reply);
    body.append(make("h4", {}, `${code} ${full.description || ""}`), ...contents(spec, full.content));
  }
  const node = make("details", { id: operation.operationId || `${verb}-${path}` },
    make("summary", {}, make("span", { class: `verb ${verb}` }, verb.toUpperCase()), make("code", {}, path),
      make("span", { class: "muted" }, ...prose(operation.summary))), body);
  node.dataset.words = `${verb} ${path} ${operation.summary || ""} ${operation.operationId || ""}`.toLowerCase();
  return node;
}

function draw(spec) {
  document.getElementById("about").textContent = spec.info.description || spec.info.title;
  const groups = new Map();
  for (const [path, item] of Object.entries(spec.paths)) {
    for (const verb of VERBS) {
      if (!item[verb]) continue;
      const tag = (item[verb].tags || ["other"])[0];
      if (!groups.has(tag)) groups.set(tag, []);
      const operation = { ...item[verb], parameters: [...(item.parameters || []), ...(item[verb].parameters || [])] };
      groups.get(tag).push(operationView(spec, path, verb, operation));
    }
  }
  const main = document.getElementById("operations");
  const nav = document.getElementById("tags");
  for (const [tag, views] of groups) {
    nav.append(make("a", { href: `#group-${tag}` }, tag));
    main.append(make("section", { id: `group-${tag}` }, make("h2", {}, tag), views));
  }
  if (location.hash) {
    const target = document.getElementById(location.hash.slice(1));
    if (target) { target.open = true; target.scrollIntoView(); }
  }
}

document.getElementById("filter").addEventListener("input", (event) => {
  const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const node of document.querySelectorAll("details")) node.hidden = !words.every((word) => node.dataset.words.includes(word));
  for (const part of document.querySelectorAll("section")) part.hidden = !part.querySelector("details:not([hidden])");
});

fetch("/openapi.json").then((reply) => reply.json()).then(draw).catch(() => {
  document.getElementById("about").textContent = "The document could not be loaded.";
});
