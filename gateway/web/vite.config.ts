/// <reference types="vitest/config" />
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const gateway = "http://127.0.0.1:8080";
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: { alias: { "@": here("src") } },
  build: {
    // The page's policy allows no inline resources but images.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: { input: { index: here("index.html"), docs: here("docs.html") } },
    // The documentation viewer alone is larger; it is loaded by /docs only.
    chunkSizeWarningLimit: 1600,
  },
  server: { proxy: { "/api": gateway, "/openapi.json": gateway } },
  test: { environment: "node", include: ["src/**/*.test.{ts,tsx}"] },
});
