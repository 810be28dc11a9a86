// Every visible text with less contrast to what lies behind it than WCAG 2.2 AA asks: 4.5 to 1, for large letters 3 to 1.
() => {
  const channels = (text) => (text.match(/[\d.]+/g) || []).map(Number);
  const opaque = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const [r, g, b, a = 1] = channels(getComputedStyle(one).backgroundColor);
      if (a === 1) return [r, g, b];
      if (a > 0) throw new Error("a background is half transparent: " + one.className);
    }
    return [255, 255, 255];
  };
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((value) => { const c = value / 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (one, other) => {
    const [light, dark] = [luminance(one), luminance(other)].sort((x, y) => y - x);
    return (light + 0.05) / (dark + 0.05);
  };
  const parsed = (colour) => {
    const canvas = document.createElement("canvas").getContext("2d");
    canvas.fillStyle = colour;
    const hex = canvas.fillStyle;
    return [1, 3, 5].map((place) => parseInt(hex.slice(place, place + 2), 16));
  };
  const weak = [];
  for (const element of document.querySelectorAll("body *")) {
    const says = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!says || !element.checkVisibility() || element.matches("script, title")) continue;
    const style = getComputedStyle(element);
    const inSvg = element instanceof SVGElement;
    const colour = inSvg ? parsed(style.fill) : channels(style.color).slice(0, 3);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const found = ratio(colour, opaque(element));
    if (found < (isLarge ? 3 : 4.5)) weak.push(`${element.textContent.trim().slice(0, 40)}: ${found.toFixed(2)}`);
  }
  return weak;
}
