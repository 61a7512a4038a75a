"""The three workflows are the documentation's, to the letter."""

import pytest

from tracking.models import Workflow, WorkflowStep

# Copied from the documentation, where code and description run together.
SERVICE_CENTER = """
createdOrder created in system
assignedAssigned to technician
acceptedTechnician accepted the order
reached customer locationTechnician reached customer location
customer not in locationCustomer unavailable at location
pickup doneDevice picked up from customer
estimation raisedRepair estimation created
verified dateEstimation verified
reached service centreDevice reached service center
part demandedReplacement part requested
awaiting approvalWaiting for approval
approvedRepair approved
handed over to ASPHanded to authorized service provider
part allocatedReplacement part allocated
part receivedPart received at service center
performing serviceDevice under repair
devicecollectedfromaspDevice collected from ASP
repair completedRepair work completed
Servicer visitService personnel visit scheduled/completed
deliveredDevice delivered to customer
"""
TECHNICIAN = """
createdOrder created in system
assignedAssigned to technician
acceptedTechnician accepted the order
reached customer locationTechnician reached customer location
customer not in locationCustomer unavailable at location
pickup doneDevice picked up from customer
estimation raisedRepair estimation created
verified dateEstimation verified
part demandedReplacement part requested
awaiting approvalWaiting for approval
approvedRepair approved
handed over to ASPHanded to authorized service provider
part allocatedReplacement part allocated
part receivedPart received by technician
technician visitTechnician visit scheduled/completed
performing serviceDevice under repair
devicecollectedfromaspDevice collected from ASP
repair completedRepair work completed
deliveredDevice delivered to customer
"""
NO_PART = """
createdOrder created in system
assignedAssigned to technician
acceptedTechnician accepted the order
reached customer locationTechnician reached customer location
customer not in locationCustomer unavailable at location
pickup doneDevice picked up from customer
estimation raisedRepair estimation created
verified dateEstimation verified
diagnosis completeDiagnosis completed (no parts needed)
awaiting approvalWaiting for approval
approvedRepair approved
handed over to ASPHanded to authorized service provider
performing serviceDevice under repair
device collected from ASPDevice collected from ASP
repair completedRepair work completed
deliveredDevice delivered to customer
"""
DOCUMENTED = {
    "service_center": ("Service Center Flow", 20, SERVICE_CENTER),
    "technician": ("Technician Flow", 19, TECHNICIAN),
    "no_part": ("No Part Call Flow", 16, NO_PART),
}
REPEATABLE = {
    "assigned",
    "accepted",
    "reached customer location",
    "customer not in location",
    "estimation raised",
    "part demanded",
    "awaiting approval",
    "Servicer visit",
    "technician visit",
}


@pytest.mark.django_db
@pytest.mark.parametrize("code", DOCUMENTED)
def test_a_workflow_is_the_documented_list(code: str) -> None:
    name, length, text = DOCUMENTED[code]
    steps = list(WorkflowStep.objects.filter(workflow__code=code, workflow__name=name))
    assert [step.code + step.description for step in steps] == text.strip().splitlines()
    assert [step.position for step in steps] == list(range(1, length + 1))


@pytest.mark.django_db
def test_there_are_three_workflows() -> None:
    assert list(Workflow.objects.values_list("code", flat=True)) == list(DOCUMENTED)


@pytest.mark.django_db
def test_the_documented_steps_are_repeatable_and_no_other() -> None:
    assert set(WorkflowStep.objects.filter(repeatable=True).values_list("code", flat=True)) == REPEATABLE


@pytest.mark.django_db
def test_customer_visits_are_numbered_and_delivered_is_terminal() -> None:
    steps = WorkflowStep.objects.order_by().distinct()
    assert set(steps.filter(numbered=True).values_list("code", flat=True)) == {"reached customer location"}
    assert set(steps.filter(terminal=True).values_list("code", flat=True)) == {"delivered"}
