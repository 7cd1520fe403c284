"""What models really answer when they are asked for a plan."""

import time

import pytest

from agent_runner.agents.plan import parse_plan

GOAL = "Make tea"
TEA = ["Boil water", "Steep the leaves", "Pour the tea"]

ANSWERS = {
    "plain": "1. Boil water\n2. Steep the leaves\n3. Pour the tea",
    "parentheses": "1) Boil water\n2) Steep the leaves\n3) Pour the tea",
    "in parentheses": "(1) Boil water\n(2) Steep the leaves\n(3) Pour the tea",
    "no blank": "1.Boil water\n2.Steep the leaves\n3.Pour the tea",
    "dashes": "1 - Boil water\n2 \u2013 Steep the leaves\n3 \u2014 Pour the tea",
    "all ones": "1. Boil water\n1. Steep the leaves\n1. Pour the tea",
    "windows": "1. Boil water\r\n2. Steep the leaves\r\n3. Pour the tea\r\n",
    "blank lines": "\n\n1. Boil water\n\n\n2. Steep the leaves\n\n3. Pour the tea\n",
    "prose around": (
        "Sure! Here is a plan:\n\n1. Boil water\n2. Steep the leaves\n3. Pour the tea\n\nLet me know if it suits you!"
    ),
    "bold items": "**1. Boil water**\n**2. Steep the leaves**\n**3. Pour the tea**",
    "bold numbers": "**1.** Boil water\n**2.** Steep the leaves\n**3.** Pour the tea",
    "headings": "## Plan\n\n### 1. Boil water\n\n### 2. Steep the leaves\n\n### 3. Pour the tea",
    "step words": "Step 1: Boil water\nStep 2: Steep the leaves\nSTEP 3: Pour the tea",
    "bold step words": "**Step 1:** Boil water\n\n**Step 2:** Steep the leaves\n\n**Step 3:** Pour the tea",
    "step headings": "### Step 1: Boil water\n### Step 2: Steep the leaves\n### Step 3: Pour the tea",
    "keycaps": "1\ufe0f\u20e3 Boil water\n2\ufe0f\u20e3 Steep the leaves\n3\ufe0f\u20e3 Pour the tea",
    "chinese marks": "1、Boil water\n2、Steep the leaves\n3、Pour the tea",
    "quoted": "> 1. Boil water\n> 2. Steep the leaves\n> 3. Pour the tea",
    "indented": "   1. Boil water\n   2. Steep the leaves\n   3. Pour the tea",
    "fenced": "```\n1. Boil water\n2. Steep the leaves\n3. Pour the tea\n```",
    "hyphens": "- Boil water\n- Steep the leaves\n- Pour the tea",
    "stars": "* Boil water\n* Steep the leaves\n* Pour the tea",
    "dots": "• Boil water\n• Steep the leaves\n• Pour the tea",
    "checkboxes": "- [ ] Boil water\n- [x] Steep the leaves\n- [ ] Pour the tea",
    "numbered checkboxes": "1. [ ] Boil water\n2. [ ] Steep the leaves\n3. [ ] Pour the tea",
    "twice the same": "1. Boil water\n2. Steep the leaves\n3. Steep the leaves\n4. Pour the tea",
    "empty items": "1. Boil water\n2. ...\n3. Steep the leaves\n4. **\n5. Pour the tea",
    "wrapped lines": "1. Boil\n   water\n2. Steep\nthe leaves\n3. Pour the tea",
    "numbers inside": "1. Boil water\n2. Steep the leaves\n\n3.5 minutes are enough.\n\n3. Pour the tea",
    "array": '["Boil water", "Steep the leaves", "Pour the tea"]',
    "numbered array": '["1. Boil water", "2. Steep the leaves", "3. Pour the tea"]',
    "fenced array": 'Here you go:\n```json\n["Boil water", "Steep the leaves", "Pour the tea"]\n```\nEnjoy!',
    "array in prose": 'The steps are ["Boil water", "Steep the leaves", "Pour the tea"], in this order.',
    "object": '{"steps": ["Boil water", "Steep the leaves", "Pour the tea"]}',
    "objects": (
        '{"goal": "tea", "tags": [], "plan": [{"step": 1, "description": "Boil water"}, '
        '{"step": 2, "description": "Steep the leaves"}, {"step": 3, "description": "Pour the tea"}]}'
    ),
    "titles": '[{"id": 1, "title": "Boil water"}, {"id": 2, "title": "Steep the leaves"}, {"title": "Pour the tea"}]',
    "thoughts": ("<think>\n1. What is tea?\n2. Why?\n</think>\n\n1. Boil water\n2. Steep the leaves\n3. Pour the tea"),
    "thoughts without opening": "1. Hm\n2. So\n</think>\n1. Boil water\n2. Steep the leaves\n3. Pour the tea",
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=list(ANSWERS))
def test_a_plan_is_read_however_it_is_written(answer: str) -> None:
    assert parse_plan(answer, GOAL) == TEA


def test_what_is_indented_below_a_step_belongs_to_it() -> None:
    answer = (
        "1. **Research**\n   - Find sources\n   - Read them\n\n2. Write\n\n   Two pages.\n\n3. Review\n   1. spelling"
    )
    assert parse_plan(answer, GOAL) == ["Research Find sources Read them", "Write Two pages.", "Review 1. spelling"]


def test_numbers_beat_bullets() -> None:
    assert parse_plan("- note\n1. Boil water\n2. Pour the tea", GOAL) == ["Boil water", "Pour the tea"]


def test_an_array_inside_a_step_is_no_plan() -> None:
    answer = '1. Choose from ["green", "black"]\n2. Boil water\n\n```json\n["green"]\n```'
    assert parse_plan(answer, GOAL)[0] == 'Choose from ["green", "black"]'


def test_names_in_a_step_keep_their_underscores_and_stars() -> None:
    answer = "1. Create `__init__.py`\n2. Pass **kwargs on\n3. Compute 2 * 3"
    assert parse_plan(answer, GOAL) == ["Create `__init__.py`", "Pass **kwargs on", "Compute 2 * 3"]


@pytest.mark.parametrize(
    "part",
    [
        "**a ",
        "**",
        "<think>",
        "</think>",
        "```\n",
        "[",
        "{",
        '["',
        "1. ",
        "1. a\n",
        "step ",
        "- [ ] ",
        "#",
        " ",
        "\n",
        "\t1",
    ],
)
def test_a_hostile_answer_does_not_hold_up_the_worker(part: str) -> None:
    started = time.process_time()
    assert parse_plan(part * 300_000, GOAL)
    assert time.process_time() - started < 2.0


def test_no_more_steps_and_no_longer_ones_are_taken_than_are_wanted() -> None:
    answer = "\n".join(f"{number}. Do {number} {'x' * 600}" for number in range(1, 31))
    assert [len(step) for step in parse_plan(answer, GOAL)] == [500] * 10
    assert len(parse_plan(answer, GOAL, most=20)) == 20
    assert parse_plan(answer, GOAL, longest=1000)[0] == f"Do 1 {'x' * 600}"
