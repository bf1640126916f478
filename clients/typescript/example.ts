import createClient from "openapi-fetch";
import type { components, paths } from "./counterclaim";

/** A client of the JSON answers. */
export const counterclaim = (baseUrl: string) =>
  createClient<paths, "application/json" | "application/problem+json">({ baseUrl });

/** Return one line per claim: who claims how many people were killed or hurt, on which side. Throws the API's error message. */
export async function whoSaysHowMany(baseUrl: string, event: string): Promise<string[]> {
  const { data, error } = await counterclaim(baseUrl).GET("/v1/claims", {
    params: { query: { event: [event], harm: ["killed", "injured"], has_figure: "1", sort: ["stated_on"] } },
  });
  if (error) throw new Error(inWords(error));
  return data.data.map((claim) => {
    const whose = claim.subject_side?.name ?? "all sides";
    return `${claim.claimant.name}: ${claim.best ?? "?"} of ${whose} ${claim.harm}`;
  });
}

function inWords(problem: components["schemas"]["ProblemOut"]): string {
  const nearest = problem.errors.flatMap((fault) => fault.did_you_mean ?? []);
  return nearest.length ? `${problem.detail} Did you mean ${nearest.join(" or ")}?` : problem.detail;
}
