// An answer has several media types. A client of JSON needs these two.
const json = { contentType: { include: ["application/json", "application/problem+json"] } };
const baseUrl = process.env.COUNTERCLAIM_PUBLIC_URL ?? "http://127.0.0.1:8000";

module.exports = {
  counterclaim: {
    input: "./openapi.json",
    output: { target: "./counterclaim.ts", client: "fetch", mode: "single", baseUrl, override: json },
  },
};
