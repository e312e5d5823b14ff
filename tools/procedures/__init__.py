"""The paper's analyses, each as one call: as it was done, or as it should be done."""
