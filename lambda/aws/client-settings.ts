/**
 * Settings of every AWS client here. The SDK's defaults wait for minutes, behind a gateway that gives up after 29
 * seconds and a reader who gives up sooner: three tries of at most a second and a quarter, and the short waits between
 * them, stay under the 5 seconds that the authorizer has.
 */
export const CLIENT_SETTINGS = {
  maxAttempts: 3,
  requestHandler: {
    connectionTimeout: 1000,
    requestTimeout: 1250,
    // Without this the SDK only writes a warning when the time is up.
    throwOnRequestTimeout: true,
  },
} as const;
