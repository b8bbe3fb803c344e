// esbuild's text loader imports these files as strings (`loader` in build/bundling.ts).

declare module '*.client.js' {
  const text: string;
  export default text;
}

declare module '*.css' {
  const text: string;
  export default text;
}

declare module '*.html' {
  const text: string;
  export default text;
}

declare module '*.svg' {
  const text: string;
  export default text;
}
