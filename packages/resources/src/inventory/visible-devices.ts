import type { GpuDevice } from "../allocation.js";

/**
 * The devices that `CUDA_VISIBLE_DEVICES` leaves a process, in its order: by index or by the beginning of a UUID. As
 * CUDA does, it takes those before the first that does not exist; so `-1` and an empty text leave none.
 *
 * @param value Of the variable; `undefined`: all.
 */
export function visibleDevices<D extends GpuDevice>(
  devices: readonly D[],
  value: string | undefined,
): readonly D[] {
  if (value === undefined) return devices;
  const visible: D[] = [];
  for (const name of value.split(",").map((part) => part.trim())) {
    const device = devices.find(({ index, uuid }) =>
      /^\d+$/.test(name) ? index === Number(name) : name.startsWith("GPU-") && uuid?.startsWith(name),
    );
    if (!device || visible.includes(device)) break;
    visible.push(device);
  }
  return visible;
}
