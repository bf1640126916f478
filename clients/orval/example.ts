import { HarmWord, SwitchWord, listClaims } from "./counterclaim.js";

/** Return one line per claim: who claims how many people were killed or hurt, on which side. Throws the API's error message. */
export async function whoSaysHowMany(event: string): Promise<string[]> {
  const answer = await listClaims({
    event: [event],
    harm: [HarmWord.KILLED, HarmWord.INJURED],
    has_figure: SwitchWord.YES,
    sort: ["stated_on"],
  });
  if (answer.status !== 200) throw new Error(answer.data.detail);
  return answer.data.data.map((claim) => {
    const whose = claim.subject_side?.name ?? "all sides";
    return `${claim.claimant.name}: ${claim.best ?? "?"} of ${whose} ${claim.harm}`;
  });
}
