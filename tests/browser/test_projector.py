from tests.browser.conftest import N_POINTS, projector_entries


def test_the_built_in_projector_lists_what_was_captured(address):
    assert projector_entries(address) == {"conv (newest snapshot)": N_POINTS * 8, "fc1 (newest snapshot)": N_POINTS * 32}
