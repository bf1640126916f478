import createClient from "openapi-fetch";
import type { components, paths } from "./counterclaim";

/** A client of the JSON answers; lists are written as the API reads them: `harm=killed,injured`. */
export const counterclaim = (baseUrl: string) =>
  createClient<paths, "application/json" | "application/problem+json">({
    baseUrl,
    querySerializer: { array: { style: "form", explode: false } },
  });

/** A line a claim: who says how many of whose people suffered which harm. Throws what the API refused, in its words. */
export async function whoSaysHowMany(baseUrl: string, event: string): Promise<string[]> {
  const { data, error } = await counterclaim(baseUrl).GET("/v1/claims", {
    params: { query: { event: [event], harm: ["killed", "injured"], has_figure: "1", sort: ["stated_on"] } },
  });
  if (error) throw new Error(inWords(error));
  const claims = Array.isArray(data) ? data : data.data;
  return claims.map((claim) => {
    const whose = claim.subject_side?.name ?? "all sides";
    return `${claim.claimant?.name}: ${claim.best ?? "?"} of ${whose} ${claim.harm}`;
  });
}

function inWords(problem: components["schemas"]["ProblemOut"]): string {
  const nearest = problem.errors?.flatMap((fault) => fault.did_you_mean ?? []);
  return nearest?.length ? `${problem.detail} Did you mean ${nearest.join(" or ")}?` : problem.detail;
}
