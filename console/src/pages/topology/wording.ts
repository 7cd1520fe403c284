// What the settings of topologies are called, and what their values mean.

export const NAMES: Record<string, string> = {
  on_failure: "When an agent fails",
  quorum: "Answers that suffice",
  retries: "More tries each",
  timeout_seconds: "Time for the whole",
  aggregation: "One answer of all",
  weights: "Weights",
  max_rounds: "Rounds at most",
  consensus: "It is over when",
  max_escalations: "Escalations at most",
  span: "Agents under each",
  max_tasks: "Tasks at most",
  most_per_agent: "Tasks of each at most",
  agreement: "Accepted by",
  max_revisions: "Revisions at most",
  is_parallel: "All parts at once",
};

export const MEANINGS: Record<string, Record<string, string>> = {
  on_failure: {
    fail: "the whole fails, and the run may be tried again",
    skip: "it goes on without that answer",
    quorum: "it goes on with enough of the others",
    retry: "the agent has more tries, then the whole fails",
  },
  aggregation: {
    vote: "the answer that most give",
    weighted: "the answer with the most weight",
    average: "the mean of the numbers",
    concat: "all, one after the other",
    best_of: "the one that the judge names",
    synthesis: "the synthesizer makes it of all",
  },
  consensus: {
    majority: "more than half have one position",
    unanimous: "all have one position",
    weighted: "more than half of the weights have one position",
    mediator: "the mediator says so",
    first_agreement: "any two agree",
  },
  agreement: {
    majority: "more than half of the validators",
    unanimous: "all validators",
    weighted: "more than half of their weights",
  },
};
