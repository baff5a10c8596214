// The smallest renderer: h() describes, render() changes what differs and leaves the rest in its place, so that nothing
// moves away under a finger. No markup from strings anywhere.

export function h(tag, props, ...children) {
  return { tag, props: props ?? {}, children: children.flat(9).filter((one) => one !== null && one !== undefined && one !== false) };
}

export function render(parent, nodes) {
  const wanted = [nodes].flat(9).filter((one) => one !== null && one !== undefined && one !== false && one !== "");
  wanted.forEach((node, place) => {
    let there = parent.childNodes[place];
    // One that is wanted nowhere any more goes away, so that its neighbours stay the elements that they were.
    while (there && !fits(there, node) && !wanted.slice(place + 1).some((later) => fits(there, later))) {
      const gone = there;
      there = there.nextSibling;
      gone.remove();
    }
    place_(parent, node, there);
  });
  while (parent.childNodes.length > wanted.length) parent.lastChild.remove();
}

function fits(there, node) {
  if (typeof node !== "object") return there.nodeType === Node.TEXT_NODE;
  return there.localName === node.tag && there.shianKey === node.props.key;
}

function place_(parent, node, there) {
  if (typeof node !== "object") {
    const text = String(node);
    if (there && fits(there, node)) {
      if (there.data !== text) there.data = text;
    } else parent.insertBefore(document.createTextNode(text), there ?? null);
    return;
  }
  let element = there;
  if (!there || !fits(there, node)) {
    element = document.createElement(node.tag);
    element.shianKey = node.props.key;
    parent.insertBefore(element, there ?? null);
  }
  dress(element, node.props);
  render(element, node.children);
}

function dress(element, props) {
  const before = element.shianProps ?? {};
  for (const name of Object.keys(before)) {
    if (name in props) continue;
    if (name.startsWith("on")) element[name] = null;
    else if (name !== "key") element.removeAttribute(name === "class" ? "class" : name);
  }
  for (const [name, value] of Object.entries(props)) {
    if (name === "key") continue;
    if (name.startsWith("on")) element[name] = value;
    else if (name === "value") {
      if (element.value !== value) element.value = value;
    } else if (before[name] !== value) {
      if (value === false || value === null || value === undefined) element.removeAttribute(name);
      else element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  element.shianProps = props;
}
