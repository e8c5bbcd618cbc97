"""The tables as revision 0001 makes them: a copy of `storage.tables` at the first release, never changed after it.

`storage.tables` goes on with the code; a migration must not. A later revision says what it changes and needs no copy.
"""

from storage.migrations.first import answers, people, surveys, tenancy
from storage.migrations.first.base import metadata

__all__ = ["answers", "metadata", "people", "surveys", "tenancy"]
