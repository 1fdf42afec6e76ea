// Nodes and numbers. Whatever comes from people or from the service is put in as text.

const percents = new Intl.NumberFormat("en", { style: "percent", minimumFractionDigits: 1 });
const weights = new Intl.NumberFormat("en", {
  minimumSignificantDigits: 3,
  maximumSignificantDigits: 3,
  signDisplay: "always",
});

const quantities = new Intl.NumberFormat("en", { maximumSignificantDigits: 6 });

export const $ = (id) => document.getElementById(id);

export function el(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

// Rounding must not make a certainty of what is none.
export function percent(share) {
  if (share > 0 && share < 0.001) return "<0.1%";
  if (share > 0.999 && share < 1) return ">99.9%";
  return percents.format(share);
}

export const signed = (value) => weights.format(value).replace("-", "\u2212");

export const quantity = (value) => quantities.format(value).replace("-", "\u2212");

// A <data> element: the exact number for programs, a rounded one for people.
export function setShare(node, share) {
  node.value = share;
  node.textContent = percent(share);
  return node;
}
