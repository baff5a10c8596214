// A chart that lives as long as its box: drawn anew with its data, the theme and the language, resized with the box.
import { init, type EChartsCoreOption, type ECharts } from "echarts/core";
import { nextTick, onMounted, onUnmounted, watch, type ShallowRef } from "vue";
import { isDark } from "../styles/theme";
import { language } from "../words/words";

/** `rem`: by how much a chart grows with the text around it, which the wall reads from five metres. */
export type Paint = { colour: (name: string) => string; text: { color: string; fontSize: number }; rem: number };
const AS_DRAWN_PX = 12;

export function useChart(box: Readonly<ShallowRef<HTMLElement | null>>, data: () => unknown, option: (paint: Paint) => EChartsCoreOption): void {
  let chart: ECharts | null = null;
  const resized = new ResizeObserver(() => chart?.resize());
  function draw(): void {
    if (!box.value) return;
    chart ??= init(box.value, null, { renderer: "svg" });
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string) => style.getPropertyValue(name).trim();
    const fontSize = parseFloat(getComputedStyle(box.value).fontSize);
    chart.setOption({ animation: false, textStyle: { fontFamily: style.fontFamily, fontSize }, ...option({ colour, text: { color: colour("--quiet"), fontSize }, rem: fontSize / AS_DRAWN_PX }) }, true);
  }
  watch([data, isDark, language], () => void nextTick(draw));
  onMounted(() => {
    if (box.value) resized.observe(box.value);
    draw();
  });
  onUnmounted(() => {
    resized.disconnect();
    chart?.dispose();
  });
}
