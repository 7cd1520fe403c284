// Filters in the address, and in the words of the API.
import { describe, expect, it } from "vitest";
import { addressOf, asked, filtersOf, isFiltered, NO_FILTERS } from "./filters";

describe("filters", () => {
  it("are what the address says", () => {
    const address = "status=FAILED&status=QUEUED&agent=coder&project=3&text=a+b&since=24h";
    const filters = filtersOf(new URLSearchParams(address));
    expect(filters).toEqual({
      status: ["QUEUED", "FAILED"],
      agent: "coder",
      project: "3",
      text: "a b",
      since: "24h",
    });
    expect(filtersOf(addressOf(filters))).toEqual(filters);
    expect(isFiltered(filters)).toBe(true);
  });

  it("leave out what cannot be meant", () => {
    const filters = filtersOf(new URLSearchParams("status=DONE&project=-1&since=toString&text="));
    expect(filters).toEqual(NO_FILTERS);
    expect(isFiltered(filters)).toBe(false);
  });

  it("ask the API, with the time counted back", () => {
    const now = Date.parse("2030-01-02T00:00:00Z");
    expect(asked(NO_FILTERS, now)).toEqual({});
    expect(asked({ status: ["FAILED"], agent: "mgx", project: "7", text: " x ", since: "24h" }, now)).toEqual(
      {
        status: ["FAILED"],
        agent: "mgx",
        project_id: 7,
        text: "x",
        created_after: "2030-01-01T00:00:00.000Z",
      },
    );
  });
});
