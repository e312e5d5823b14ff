"""A pasted record is seen; what people say to the program is not taken for one."""

from __future__ import annotations

import pytest

from synthcraft.graph.errors import InputError
from synthcraft.tools.pasted import check_words, reads_like_a_record

RECORDS = [
    "Zebedee Miller, born 1962-03-04, MRN 12345678, stroke in 2020",
    "P00123,67,male,28.4,1,2019-03-04",
    "P00123\t67\tmale\t28.4\t1",
    "name: Zebedee Miller; age: 67; bmi: 28.4; hba1c: 7.1",
    "patient id=A4711\nage=67\nsex=male\nbmi=28.4\nglucose=140",
    "Mrs. Miller, phone 0171 5550123",
    "DOB 4/3/1962, patient number 77",
    "zebedee@example.org was seen on 12.03.2021",
    "1;34;28.1;120\n2;61;31.4;141\n3;47;22.0;118",
]
WORDS = [
    "yes",
    "use only ctgan and 2,000 rows instead",
    "use ctgan, tvae, cart, arf, nflow",
    "leave out the postcode, the date of birth and the phone number",
    "bands of age at 45, 55, 65, 75, 85",
    "set epsilon = 1; rows = 2000; preset = quick; budget = 20",
    "ctgan.n_iter=300, tvae.n_iter=200",
    "why not CTGAN? it had 0.83 and tvae 0.79 on 2024-05-01",
    "I want to predict stroke and share the data with colleagues",
    "the ranges are 18-90, 10 to 60, 0-1",
    "drop that column, no, the other",
    "go back to before we generated 10,000 rows for 1,000,000 people",
    "target: died_30d, sensitive: hiv, protected: sex and age, use: sharing",
]


@pytest.mark.parametrize("text", RECORDS)
def test_a_record_is_held_back_and_not_repeated(text: str) -> None:
    with pytest.raises(InputError) as caught:
        check_words(text)
    assert caught.value.code == "E_RECORD"
    assert "Miller" not in str(caught.value) and "28.4" not in str(caught.value)


@pytest.mark.parametrize("text", WORDS)
def test_wishes_are_no_records(text: str) -> None:
    assert not reads_like_a_record(text)
