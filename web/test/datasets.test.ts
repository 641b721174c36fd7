import { describe, expect, it } from "vitest";
import { EMPTY, shares, specOf } from "../src/state/datasets";

describe("the form that freezes a data set", () => {
  it("asks for eight, one and one in ten, duplicates together, and all items", () => {
    expect(specOf(EMPTY)).toEqual({
      query: { classes: [], folder: "", people_min: 1 },
      split: { train: 0.8, validation: 0.1, test: 0.1, keep_together: ["duplicates"], like: 0 },
    });
  });

  it("keeps together what is ticked and named", () => {
    const spec = specOf({ ...EMPTY, duplicates: false, folder_together: true, session: true, keys: "camera, patient,," });
    expect(spec.split?.keep_together).toEqual(["folder", "session", "meta:camera", "meta:patient"]);
  });

  it("sends the classes that are left when some are taken out, and the data set to be like", () => {
    const spec = specOf({ ...EMPTY, without: ["b"], like: "3" }, ["a", "b", "c"]);
    expect(spec.query?.classes).toEqual(["a", "c"]);
    expect(spec.split?.like).toBe(3);
  });

  it("says what shares come to that are no hundred", () => {
    expect(shares({ ...EMPTY, train: "60", validation: "0", test: "20" })).toBe("Together 80: that makes 75 %, 0 %, 25 %.");
    expect(shares({ ...EMPTY, train: "0", validation: "0", test: "0" })).toBe("One of them must be more than 0.");
  });
});
