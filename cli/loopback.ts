/** Whether an address is of this machine, and of no other. */
export function isLoopback(address: string): boolean {
  return /^(?:127(?:\.\d{1,3}){3}|localhost|\[::1\])$/.test(new URL(address).hostname);
}
