"""The time that the import of the events takes, because it is a part of each cold start of a Lambda function."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import time
import cognito_async
from pydantic import BaseModel, BeforeValidator, Field, ValidationError, model_serializer, model_validator
from pydantic.alias_generators import to_camel

class Imported(BaseModel):  # the first class of a program imports the rest of pydantic
    name: str

start = time.process_time()
import cognito_async.triggers
print(time.process_time() - start)
"""


@pytest.mark.timed
def test_import_takes_less_than_40_ms_beyond_pydantic_and_the_package() -> None:
    runs = [
        subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True) for _ in range(5)
    ]
    assert min(float(run.stdout) for run in runs) < 0.040
