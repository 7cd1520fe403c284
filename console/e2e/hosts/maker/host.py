"""A host for tests of the console: it makes the files, and asks the questions, that the input of its run names.

`files` belong to the project, those of `again` once a person has sent the change back. A file is its `text`, or so many
numbered `lines`. `artifacts` stay with the run; `asks` are questions, each with its `key` and its `text`.
"""

# /// script
# requires-python = ">=3.10"
# dependencies = []
# ///
from agent_runner_host import connect

host = connect("maker", "1.0")
wanted = host.start["input"]
round_number = host.start["round"]

for question in wanted.get("asks", []):
    answer = host.ask_person(**question)
    host.log(f"{question['key']}: {answer['status']} {answer.get('text') or answer.get('comment') or ''}")

for artifact in wanted.get("artifacts", []):
    host.artifact(**artifact)

files = wanted.get("files", [])
if round_number > 1:
    files = wanted.get("again", files)
for number, file in enumerate(files, start=1):
    text = file.get("text")
    if text is None:
        text = "".join(f"line {line} of {file['path']}\n" for line in range(1, file["lines"] + 1))
    host.artifact(f"made/{number}.txt", text=text, project_path=file["path"])

host.result({"summary": wanted.get("summary", f"Made {len(files)} files in round {round_number}")})
